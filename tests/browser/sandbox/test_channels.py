"""Channels come and go, people join and leave, and the app's shortcuts are at hand."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sandbox.gallery import plain
from tests.browser.sandbox.pretend_app import Payload, PretendApp
from tests.browser.sandbox.test_talking import say
from tests.browser.sandbox.windows import OpenAs, RunningSandbox


def does(page: Page, action: str) -> None:
    page.get_by_role("button", name="Channel actions").click()
    page.get_by_role("menuitem", name=action).click()


def test_leaving_a_channel_looking_at_it_and_joining_again(open_as: OpenAs) -> None:
    page = open_as("ada", path="/?channel=random")

    does(page, "Leave channel")
    page.goto(f"{page.url.partition('/archives')[0].partition('?')[0].rstrip('/')}/?channel=random")
    expect(page.get_by_role("textbox", name="Message #random")).to_have_count(0)
    page.get_by_role("button", name="Join channel").click()

    say(page, "Back again", "random")
    expect(page.get_by_test_id("messages")).to_contain_text("Back again")


def test_an_archived_channel_is_read_only_until_it_is_back(open_as: OpenAs) -> None:
    page = open_as("ada", path="/?channel=random")

    does(page, "Archive channel")
    expect(page.get_by_text("an archived channel")).to_be_visible()
    expect(page.get_by_role("textbox", name="Message #random")).to_have_count(0)
    page.get_by_role("button", name="Unarchive").click()

    expect(page.get_by_role("textbox", name="Message #random")).to_be_visible()


def test_who_is_removed_from_a_private_channel_sees_it_no_more(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    made = sandbox.act("channel.create", user="U0ADA", name="quiet", private=True)["channel"]["id"]
    sandbox.act("channel.invite", user="U0ADA", channel=made, users=["U0GRACE"])
    ada, grace = open_as("ada", path="/?channel=quiet"), open_as("grace", path="/?channel=quiet")
    expect(grace.get_by_role("textbox", name="Message #quiet")).to_be_visible()

    ada.get_by_role("button", name="2 members").click()
    ada.get_by_test_id("members").get_by_role("button", name=re.compile("Remove Grace")).click()

    expect(grace.locator(".sidebar").get_by_role("link", name="quiet")).to_have_count(0)
    expect(grace.get_by_text("You are no longer in #quiet.")).to_be_visible()


def test_a_conversation_of_three(open_as: OpenAs) -> None:
    ada, linus = open_as("ada"), open_as("linus")

    ada.get_by_role("button", name="New direct message").click()
    dialog = ada.get_by_role("dialog")
    dialog.get_by_label("People").fill("gra")
    dialog.get_by_label("People").press("Enter")
    dialog.get_by_label("People").fill("lin")
    dialog.get_by_label("People").press("Enter")
    dialog.get_by_label("People").press("Escape")
    dialog.get_by_role("button", name="Go").click()
    box = ada.get_by_role("textbox", name=re.compile("^Message Grace, Linus"))
    box.fill("Just us three")
    box.press("Enter")

    linus.locator(".sidebar").get_by_role("link", name=re.compile("Ada.*Grace")).click()
    expect(linus.get_by_test_id("messages")).to_contain_text("Just us three")


def test_a_bookmark_is_added_and_taken_away(open_as: OpenAs) -> None:
    page = open_as("ada")

    does(page, "Add a bookmark")
    dialog = page.get_by_role("dialog", name="Add a bookmark")
    dialog.get_by_label("Link").fill("https://example.com/runbook")
    dialog.get_by_label("Name").fill("Runbook")
    dialog.get_by_role("button", name="Add").click()
    bookmarks = page.get_by_role("navigation", name="Bookmarks")
    expect(bookmarks.get_by_role("link", name="Runbook")).to_have_attribute("href", "https://example.com/runbook")

    bookmarks.get_by_role("button", name="Bookmark Runbook").click()
    page.get_by_role("menuitem", name="Remove").click()
    expect(bookmarks).to_have_count(0)


@pytest.fixture
def shortcuts(app: PretendApp, sandbox: RunningSandbox) -> None:
    manifest = sandbox.get("manifest")["manifest"]
    manifest["features"]["shortcuts"] = [
        {"name": "Declare an incident", "type": "global", "callback_id": "declare", "description": "Opens the form"},
        {"name": "Add to timeline", "type": "message", "callback_id": "timeline", "description": "Keeps it"},
    ]
    sandbox.control("manifest", {"manifest": manifest})


@pytest.mark.usefixtures("shortcuts")
def test_a_global_shortcut_opens_the_apps_dialog(open_as: OpenAs, app: PretendApp) -> None:
    view = {"type": "modal", "title": plain("Declare"), "blocks": [{"type": "divider"}]}

    def answer(payload: Payload) -> None:
        app.call("views.open", trigger_id=payload["trigger_id"], view=view)

    app.on["shortcut"] = answer
    page = open_as("ada")

    page.get_by_role("button", name="Shortcuts").click()
    page.get_by_role("menuitem", name="Declare an incident").click()

    expect(page.get_by_role("dialog", name="Declare")).to_be_visible()
    assert app.wait_for("shortcut")["callback_id"] == "declare"


@pytest.mark.usefixtures("shortcuts")
def test_a_message_shortcut_tells_the_app_which_message(open_as: OpenAs, app: PretendApp) -> None:
    page = open_as("ada", path="/?channel=incidents")
    say(page, "Rolled back", "incidents")
    message = page.get_by_test_id("messages").locator("[data-user=U0ADA]", has_text="Rolled back")
    message.hover()

    message.get_by_role("button", name="More actions").click()
    page.get_by_role("menuitem", name="Add to timeline").click()

    assert app.wait_for("message_action")["message"]["text"] == "Rolled back"


def test_one_sees_who_is_typing(open_as: OpenAs) -> None:
    ada, grace = open_as("ada"), open_as("grace")

    grace.get_by_role("textbox", name="Message #general").press_sequentially("Wait")

    expect(ada.get_by_text("Grace is typing…")).to_be_visible()
