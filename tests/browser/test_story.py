"""From `/incident` to resolved, by two people who click and type."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.product import Product
from tests.browser.windows import OpenBrowser, SlackWindow, fact, field, logs_in

TITLE = "Checkout returns 500s"
CHANNEL = re.compile(r"^inc-\d+-checkout-returns-500s$")
SOON = 3000  # milliseconds until others must see a change


def test_from_incident_to_resolved(
    product: Product, open_browser: OpenBrowser, record_testsuite_property: Callable[[str, object], None]
) -> None:
    ada = SlackWindow(open_browser(), product, "Ada Lovelace")
    grace = SlackWindow(open_browser(), product, "Grace Hopper")

    ada_declares_and_alone_gets_an_answer(ada, grace)
    headline_says_what_is_known(ada)
    channel_is_ready_to_work_in(ada, product)
    commands_are_answered(grace)
    document = grace_opens_the_document(grace)
    pinned_message_is_on_the_timeline(ada, document)
    unpinned_message_is_in_the_history_alone(ada, document)
    record_testsuite_property(
        "seconds_from_web_to_slack", round(edit_on_the_web_reaches_slack(document, ada, grace), 2)
    )
    edit_in_slack_reaches_the_web(ada, document)
    resolving_asks_the_lead(ada, grace, document)
    reopening_on_the_web_brings_it_back(document, ada)


def ada_declares_and_alone_gets_an_answer(ada: SlackWindow, grace: SlackWindow) -> None:
    ada.types(f"/inc⇥{TITLE}↵")
    dialog = ada.dialog("Declare an incident")
    expect(dialog.get_by_role("textbox", name="Title")).to_have_value(TITLE)
    expect(dialog.get_by_role("combobox", name="Live or report")).to_have_value("Live incident")
    dialog.get_by_role("textbox", name="Summary").fill("Payments fail since the **14:02** deploy.")
    ada.chooses("Major", of=dialog.get_by_role("combobox", name="Severity"))
    ada.chooses("Grace", of=dialog.get_by_role("combobox", name="Lead"))

    dialog.get_by_role("button", name="Declare").click()

    expect(dialog).to_have_count(0)
    expect(ada.whisper(f"is declared: {TITLE}")).to_be_visible()
    expect(grace.message("is declared")).to_have_count(0)


def headline_says_what_is_known(ada: SlackWindow) -> None:
    ada.whisper(TITLE).get_by_role("link", name="headline").click()

    ada.is_in("incidents")
    headline = ada.headline(TITLE)
    expect(headline).to_have_count(1)
    expect(headline).to_be_in_viewport()
    for name, value in {"Status": "Investigating", "Severity": "Major", "Lead": "@Grace", "Reporter": "@Ada"}.items():
        expect(field(headline, name)).to_contain_text(value)
    expect(headline.get_by_role("link", name="Incident document")).to_be_visible()
    expect(headline.get_by_role("button", name="Edit")).to_be_visible()
    expect(headline.get_by_role("button", name="Resolve")).to_be_visible()


def channel_is_ready_to_work_in(ada: SlackWindow, product: Product) -> None:
    ada.headline(TITLE).get_by_role("link", name=re.compile("^#inc-")).click()

    expect(ada.page.get_by_role("heading", level=1)).to_have_text(CHANNEL)
    expect(ada.topic).to_contain_text("Investigating · 🟠 Major · lead @Grace")
    expect(ada.topic.get_by_role("link")).to_have_attribute("href", re.compile(rf"^{product.web}incidents/\d+/$"))
    expect(ada.page.get_by_role("navigation", name="Bookmarks")).to_contain_text("incident document")
    expect(ada.message("What to do next")).to_contain_text("Pin important messages")
    ada.page.get_by_role("button", name="3 members").click()
    members = ada.page.get_by_role("complementary", name="Channel details").get_by_role("listitem")
    for name in ("Ada", "Grace", "Response"):
        expect(members.filter(has_text=name)).to_have_count(1)
    ada.page.get_by_role("complementary").get_by_role("button", name="Close").click()


def commands_are_answered(grace: SlackWindow) -> None:
    grace.sidebar.get_by_role("link", name=CHANNEL).click()

    grace.types("@inc⇥severity critical↵")
    expect(grace.message("severity critical").get_by_role("button", name=":white_check_mark:")).to_be_visible()
    expect(grace.topic).to_contain_text("🔴 Critical")

    grace.types("@inc⇥laed @ad⇥↵")
    expect(grace.message("laed @Ada").get_by_role("button", name=":question:")).to_be_visible()
    expect(grace.whisper("Did you mean @incident lead?")).to_be_visible()

    grace.says("@incident help")
    for command in ("lead @someone", "severity <critical|major|minor|trivial>", "summary <text>", "resolve"):
        expect(grace.whisper("In incident channels")).to_contain_text(f"@incident {command}")


def grace_opens_the_document(grace: SlackWindow) -> Page:
    bookmark = grace.page.get_by_role("navigation", name="Bookmarks").get_by_role("link")
    document = grace.follows(bookmark)
    expect(document).to_have_title(re.compile("Log in"))

    logs_in(document, "Grace Hopper")

    expect(document.get_by_role("heading", level=1)).to_have_text(TITLE)
    expect(document.get_by_role("region", name="Summary")).to_contain_text("Payments fail since the **14:02** deploy.")
    for name, value in {"Status": "Investigating", "Severity": "Critical", "Lead": "Grace", "Duration": "min"}.items():
        expect(fact(document, name)).to_contain_text(value)
    people = document.get_by_role("region", name="Participants").get_by_role("listitem")
    expect(people.filter(has_text="Ada Lovelace")).to_be_visible()
    expect(people.filter(has_text="Grace Hopper")).to_contain_text("Lead")
    document.evaluate("window.notReloaded = true")
    return document


def pinned_message_is_on_the_timeline(ada: SlackWindow, document: Page) -> None:
    ada.says("Rolled back the 14:02 deploy, *errors fall*")
    message = ada.message("Rolled back")
    message.hover()
    message.get_by_role("button", name="Pin to channel").click()

    expect(message).to_contain_text("Pinned by you")
    pinned = (
        document.get_by_role("region", name="Timeline").get_by_role("listitem").filter(has_text="Ada Lovelace said")
    )
    expect(pinned).to_contain_text("pinned by Ada Lovelace", timeout=SOON)
    expect(pinned.get_by_role("blockquote")).to_have_text("Rolled back the 14:02 deploy, errors fall")
    people = document.get_by_role("region", name="Participants").get_by_role("listitem")
    expect(people.filter(has_text="Ada Lovelace")).to_contain_text("1 message")
    assert document.evaluate("window.notReloaded")


def unpinned_message_is_in_the_history_alone(ada: SlackWindow, document: Page) -> None:
    message = ada.message("Rolled back")
    message.hover()
    message.get_by_role("button", name="Unpin from channel").click()

    timeline = document.get_by_role("region", name="Timeline")
    expect(timeline.get_by_text("Rolled back")).to_have_count(0, timeout=SOON)
    assert document.evaluate("window.notReloaded")
    timeline.get_by_role("link", name="Everything recorded").click()
    expect(timeline.get_by_role("listitem").filter(has_text="Rolled back").first).to_contain_text(
        "Removed from the page"
    )
    timeline.get_by_role("link", name="What happened").click()
    expect(timeline.get_by_text("Rolled back")).to_have_count(0)


def edit_on_the_web_reaches_slack(document: Page, ada: SlackWindow, grace: SlackWindow) -> float:
    """Rename on the web; return the seconds until the headline said so. The topic may wait."""
    ada.opens("incidents")
    document.get_by_role("link", name="Rename").click()
    document.get_by_role("textbox", name="Title").fill(f"{TITLE} in Europe")

    began = time.monotonic()
    document.get_by_role("button", name="Save").click()
    expect(ada.headline(f"{TITLE} in Europe")).to_be_visible(timeout=SOON)
    took = time.monotonic() - began

    assert took < SOON / 1000
    expect(document.get_by_role("heading", level=1)).to_have_text(f"{TITLE} in Europe")
    expect(ada.headline(TITLE)).to_have_count(1)
    return took


def edit_in_slack_reaches_the_web(ada: SlackWindow, document: Page) -> None:
    ada.headline(TITLE).get_by_role("button", name="Edit").click()
    dialog = ada.dialog("Edit INC-")
    expect(dialog.get_by_role("textbox", name="Title")).to_have_value(f"{TITLE} in Europe")
    expect(dialog.get_by_role("textbox", name="Summary")).to_have_value("Payments fail since the **14:02** deploy.")
    expect(dialog.get_by_role("combobox", name="Severity")).to_have_value("🔴 Critical")
    expect(dialog.get_by_role("combobox", name="Lead")).to_have_value("Grace")
    dialog.get_by_role("textbox", name="Impact").fill("One order in *three* is lost.")
    ada.chooses("Minor", of=dialog.get_by_role("combobox", name="Severity"))

    dialog.get_by_role("button", name="Save").click()

    expect(dialog).to_have_count(0)
    expect(document.get_by_role("region", name="Impact")).to_contain_text("One order in *three* is lost.", timeout=SOON)
    expect(fact(document, "Severity")).to_contain_text("Minor")
    expect(field(ada.headline(TITLE), "Severity")).to_contain_text("Minor")


def resolving_asks_the_lead(ada: SlackWindow, grace: SlackWindow, document: Page) -> None:
    headline = ada.headline(TITLE)
    headline.get_by_role("button", name="Resolve").click()
    ada.dialog("Resolve INC-").get_by_role("button", name="Resolve").click()

    expect(field(headline, "Status")).to_contain_text("Resolved", timeout=SOON)
    expect(headline.get_by_role("button", name="Reopen")).to_be_visible()
    expect(headline.get_by_role("button", name="Resolve")).to_have_count(0)
    expect(grace.topic).to_contain_text("✅ Resolved")
    expect(fact(document, "Status")).to_contain_text("Resolved")
    grace.sidebar.get_by_role("link", name="Response").click()
    asked = grace.message("is resolved. Please complete the incident document")
    expect(asked.get_by_role("link", name="incident document")).to_have_attribute("href", document.url.split("#")[0])


def reopening_on_the_web_brings_it_back(document: Page, ada: SlackWindow) -> None:
    document.get_by_role("button", name="Reopen").click()

    expect(fact(document, "Status")).to_contain_text("Investigating")
    headline = ada.headline(TITLE)
    expect(field(headline, "Status")).to_contain_text("Investigating", timeout=SOON)
    expect(headline.get_by_role("button", name="Resolve")).to_be_visible()
