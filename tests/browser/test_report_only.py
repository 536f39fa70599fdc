"""What is reported for the record gets a channel only when somebody wants one."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.product import Product
from tests.browser.windows import OpenBrowser, SlackWindow, field

TITLE = "Refunds were paid twice"


def test_report_gets_its_channel_by_the_button(product: Product, open_browser: OpenBrowser) -> None:
    katherine = SlackWindow(open_browser(), product, "Katherine Johnson")
    katherine.types(f"/inc⇥{TITLE}↵")
    dialog = katherine.dialog("Declare an incident")
    katherine.chooses("Report only", of=dialog.get_by_role("combobox", name="Live or report"))
    dialog.get_by_role("button", name="Declare").click()
    katherine.whisper(TITLE).get_by_role("link", name="headline").click()

    headline = katherine.headline(TITLE)
    expect(headline).to_contain_text("Report only")
    expect(field(headline, "Severity")).to_contain_text("not set")
    expect(field(headline, "Lead")).to_contain_text("not set")
    expect(headline.get_by_role("link", name="#inc-")).to_have_count(0)

    headline.get_by_role("button", name="Create channel").click()

    expect(katherine.whisper("We're creating the channel")).to_be_visible()
    expect(headline.get_by_role("button", name="Create channel")).to_have_count(0)
    headline.get_by_role("link", name=re.compile(r"^#inc-\d+-refunds-were-paid-twice$")).click()
    expect(katherine.topic).to_contain_text("Investigating")
    expect(katherine.message("What to do next")).to_contain_text("Take the lead, or choose someone")
