"""Who has not said who they are sees the login page and nothing else."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.product import Product
from tests.browser.windows import OpenBrowser, logs_in

TITLE = "Warehouse doors stay shut"


def test_strangers_see_the_login_page_and_then_where_they_were_going(
    product: Product, open_browser: OpenBrowser
) -> None:
    address = _declared_on_the_web(open_browser().new_page(), product)
    stranger = open_browser().new_page()

    for page in (product.web, address, f"{address}edit/", f"{address}live/?version=0&messages=0"):
        stranger.goto(page)
        expect(stranger.get_by_role("heading", level=1)).to_have_text("Log in")
        expect(stranger.get_by_text(TITLE)).to_have_count(0)

    stranger.goto(address)
    logs_in(stranger, "Radia Perlman")
    expect(stranger.get_by_role("heading", level=1)).to_have_text(TITLE)
    stranger.get_by_role("button", name="Log out").click()
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Log in")
    stranger.goto(address)
    expect(stranger.get_by_role("heading", level=1)).to_have_text("Log in")


def _declared_on_the_web(page: Page, product: Product) -> str:
    page.goto(product.web)
    logs_in(page, "Linus Torvalds")
    page.get_by_role("link", name="Declare incident").click()
    page.get_by_role("textbox", name="Title").fill(TITLE)
    page.get_by_role("button", name="Declare").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(TITLE)
    address: str = page.url
    return address
