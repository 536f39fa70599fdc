"""What a person does and sees: in the window of the pretend Slack, and on the product's pages."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.product import Product

OpenBrowser = Callable[..., BrowserContext]


class SlackWindow:
    """The sandbox, as somebody sees it."""

    def __init__(self, context: BrowserContext, product: Product, name: str) -> None:
        self.page = context.new_page()
        self.page.goto(product.slack)
        self.page.get_by_role("button", name=name).click()
        expect(self.box).to_be_visible()

    @property
    def sidebar(self) -> Locator:
        return self.page.get_by_role("navigation", name="Channels and people")

    @property
    def topic(self) -> Locator:
        return self.page.get_by_role("button", name="Topic")

    @property
    def box(self) -> Locator:
        return self.page.get_by_role("textbox", name=re.compile("^Message "))

    def opens(self, channel: str) -> None:
        self.sidebar.get_by_role("link", name=channel).click()
        self.is_in(channel)

    def is_in(self, channel: str) -> None:
        expect(self.page.get_by_role("heading", level=1)).to_have_text(channel)

    def types(self, text: str) -> None:
        """Type with completion: ⇥ takes what is offered, ↵ sends."""
        for part in re.split("([⇥↵])", text):
            if part == "⇥":
                expect(self.page.get_by_role("listbox").get_by_role("option").first).to_be_visible()
            if key := {"⇥": "Tab", "↵": "Enter"}.get(part):
                self.box.press(key)
            else:
                self.box.press_sequentially(part)

    def says(self, text: str) -> Locator:
        self.box.fill(text)
        self.box.press("Enter")
        return self.messages.last

    @property
    def messages(self) -> Locator:
        """What is written here, by people and by the app."""
        return self.page.get_by_role("log").get_by_role("article")

    def message(self, text: str | re.Pattern[str]) -> Locator:
        return self.messages.filter(has_text=text)

    def whisper(self, text: str) -> Locator:
        """A message that only this person sees."""
        return self.page.get_by_role("log").locator("[data-ephemeral]").filter(has_text=text)

    def headline(self, title: str) -> Locator:
        return self.messages.filter(has=self.page.get_by_role("heading", name=title))

    def dialog(self, title: str) -> Locator:
        return self.page.get_by_role("dialog", name=title)

    def chooses(self, option: str, *, of: Locator) -> None:
        of.click()
        self.page.get_by_role("option", name=option).click()

    def follows(self, link: Locator) -> Page:
        """Click a link that opens a page of its own."""
        with self.page.expect_popup() as popup:
            link.click()
        return popup.value


def field(message: Locator, name: str) -> Locator:
    """One of the facts under a headline."""
    return message.locator(".field").filter(has_text=re.compile(f"^{name}"))


def logs_in(page: Page, name: str) -> None:
    """Become one of the sandbox's cast on the product's login page."""
    page.get_by_role("region", name="As a sandbox user").get_by_role("button", name=name).click()
    expect(page.get_by_role("button", name="Log out")).to_be_visible()


def fact(page: Page, name: str) -> Locator:
    """One of the facts of the incident document."""
    return page.locator("dl.facts > div").filter(has=page.get_by_role("term").get_by_text(name, exact=True))
