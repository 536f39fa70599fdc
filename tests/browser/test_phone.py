"""At 3 a.m. one has a phone."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.product import Product
from tests.browser.windows import OpenBrowser, SlackWindow, fact, logs_in

TITLE = "Search answers slowly"
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def test_declaring_headline_and_document_on_a_phone(product: Product, open_browser: OpenBrowser) -> None:
    ada = SlackWindow(open_browser(**PHONE), product, "Ada Lovelace")
    ada.box.fill(f"/incident {TITLE}")
    ada.page.get_by_role("button", name="Send").tap()
    dialog = ada.dialog("Declare an incident")
    ada.chooses("Minor", of=dialog.get_by_role("combobox", name="Severity"))
    fits(ada.page)
    dialog.get_by_role("button", name="Declare").tap()

    ada.whisper(TITLE).get_by_role("link", name="headline").tap()
    headline = ada.headline(TITLE)
    expect(headline).to_contain_text("Minor")
    expect(headline.get_by_role("button", name="Resolve")).to_be_in_viewport()
    fits(ada.page)

    document = ada.follows(headline.get_by_role("link", name="Incident document"))
    logs_in(document, "Ada Lovelace")
    expect(document.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(document.get_by_role("link", name="Resolve")).to_be_in_viewport()
    fits(document)
    document.get_by_role("button", name="Take the lead").tap()
    expect(fact(document, "Lead")).to_contain_text("Ada Lovelace")
    expect(headline).to_contain_text("@Ada")


def fits(page: Page) -> None:
    """Check that one need not scroll sideways."""
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
