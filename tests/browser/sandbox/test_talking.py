"""What people say to each other, in the browser."""

from __future__ import annotations

import re

from playwright.sync_api import Page, WebSocketRoute, expect

from bench.smooth import Flood
from tests.browser.sandbox.pretend_app import PretendApp
from tests.browser.sandbox.windows import OpenAs, RunningSandbox


def say(page: Page, text: str, channel: str = "general") -> None:
    box = page.get_by_role("textbox", name=f"Message #{channel}")
    box.fill(text)
    box.press("Enter")


def test_a_stranger_chooses_who_to_be(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    page = open_as("ada")
    page.evaluate("localStorage.clear(); sessionStorage.clear()")

    page.goto(sandbox.url)
    page.get_by_role("button", name=re.compile("Grace Hopper")).click()

    expect(page.get_by_role("button", name=re.compile("You are Grace Hopper"))).to_be_visible()


def test_two_windows_are_two_people(open_as: OpenAs) -> None:
    ada, grace = open_as("ada"), open_as("grace")

    say(ada, "Checkout is *broken*")

    heard = grace.get_by_test_id("messages").locator("[data-ts]", has_text="Checkout is broken")
    expect(heard.locator("b")).to_have_text("broken")
    expect(heard.locator(".author")).to_have_text("Ada")


def test_a_message_elsewhere_makes_its_channel_bold_and_reading_it_ends_that(open_as: OpenAs) -> None:
    ada, grace = open_as("ada"), open_as("grace", path="/?channel=incidents")
    entry = grace.locator(".sidebar [data-channel=C0GENERAL]")

    say(ada, "Anybody there? @grace")

    expect(entry).to_have_class(re.compile("unread"))
    expect(entry.locator(".count")).to_have_text("1")
    entry.click()
    expect(grace.get_by_role("separator", name="New messages")).to_be_visible()
    expect(entry).not_to_have_class(re.compile("unread"))


def test_enter_takes_what_the_list_offers_and_tab_too(open_as: OpenAs) -> None:
    page = open_as("ada")
    box = page.get_by_role("textbox", name="Message #general")

    box.press_sequentially("Ask @gra")
    expect(page.get_by_role("option", name=re.compile("Grace"))).to_be_visible()
    box.press("Enter")
    box.press_sequentially("in #inci")
    box.press("Tab")
    box.press_sequentially(":tad")
    expect(page.get_by_role("listbox", name="Emoji")).to_be_visible()
    box.press("Enter")

    expect(box).to_have_value("Ask @grace in #incidents :tada: ")


def test_what_is_typed_in_full_is_sent_by_enter(open_as: OpenAs) -> None:
    page = open_as("ada")

    say(page, "Thank you @grace")

    expect(page.get_by_test_id("messages").get_by_role("button", name="@Grace")).to_be_visible()


def test_shift_enter_makes_a_line(open_as: OpenAs) -> None:
    page = open_as("ada")
    box = page.get_by_role("textbox", name="Message #general")

    box.press_sequentially("one")
    box.press("Shift+Enter")
    box.press_sequentially("two")
    box.press("Enter")

    expect(page.get_by_test_id("messages").locator("[data-ts]", has_text="one")).to_contain_text("two")
    expect(box).to_have_value("")


def test_editing_reacting_pinning_and_deleting(open_as: OpenAs) -> None:
    ada, grace = open_as("ada"), open_as("grace")
    say(ada, "Rolling bcak")
    mine = ada.get_by_test_id("messages").locator("[data-ts]", has_text="Rolling")
    mine.hover()
    mine.get_by_role("button", name="More actions").click()
    ada.get_by_role("menuitem", name="Edit message").click()
    edit = ada.get_by_role("textbox", name="Edit message")
    edit.fill("Rolling back")
    edit.press("Enter")

    hers = grace.get_by_test_id("messages").locator("[data-ts]", has_text="Rolling back")
    expect(hers).to_contain_text("(edited)")
    hers.hover()
    hers.get_by_role("button", name="React with eyes").click()
    expect(mine.locator("[data-reaction=eyes]")).to_contain_text("1")
    hers.hover()
    hers.get_by_role("button", name="Pin to channel").click()
    expect(mine).to_contain_text("Pinned by Grace")
    ada.get_by_role("button", name="Pins (1)").click()
    expect(ada.get_by_test_id("pins")).to_contain_text("Rolling back")

    mine.hover()
    mine.get_by_role("button", name="More actions").click()
    ada.get_by_role("menuitem", name="Delete message").click()
    ada.get_by_role("dialog", name="Delete message").get_by_role("button", name="Delete").click()
    expect(hers).to_have_count(0)


def test_a_thread_beside_the_channel(open_as: OpenAs) -> None:
    ada, grace = open_as("ada"), open_as("grace")
    say(ada, "Who looks?")
    question = grace.get_by_test_id("messages").locator("[data-ts]", has_text="Who looks?")
    question.hover()
    question.get_by_role("button", name="Reply in thread").click()

    box = grace.get_by_role("textbox", name="Reply to thread in #general")
    box.fill("I do")
    box.press("Enter")

    ada.get_by_role("button", name=re.compile("1 reply")).click()
    expect(ada.get_by_test_id("thread").locator("[data-ts]", has_text="I do")).to_be_visible()


def test_a_permalink_opens_the_page_at_its_message(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    first = sandbox.act("message.send", user="U0ADA", channel="C0GENERAL", text="The very first")["ts"]
    for number in range(120):
        sandbox.act("message.send", user="U0GRACE", channel="C0GENERAL", text=f"And then {number}")

    page = open_as("ada", path=f"/archives/C0GENERAL/p{first.replace('.', '')}")

    expect(page.locator(f'[data-ts="{first}"]')).to_be_in_viewport()
    expect(page.locator(f'[data-ts="{first}"]')).to_have_class(re.compile("marked"))
    page.get_by_role("button", name="Jump to latest").click()
    expect(page.get_by_test_id("messages").locator("[data-ts]", has_text="And then 119")).to_be_in_viewport()


def test_creating_a_channel_setting_its_topic_and_inviting(open_as: OpenAs) -> None:
    ada, grace = open_as("ada"), open_as("grace")

    ada.get_by_role("button", name="Add channels").click()
    ada.get_by_role("dialog", name="Channels").get_by_role("button", name="Create a channel").click()
    dialog = ada.get_by_role("dialog", name="Create a channel")
    dialog.get_by_label("Name").fill("Plan Budget")
    dialog.get_by_label("Private").check()
    dialog.get_by_role("button", name="Create").click()
    ada.get_by_role("button", name="Add a topic").click()
    ada.get_by_role("dialog", name="Edit topic").get_by_label("Topic").fill("What it costs")
    ada.get_by_role("dialog", name="Edit topic").get_by_role("button", name="Save").click()
    expect(ada.get_by_test_id("topic")).to_have_text("What it costs")
    expect(grace.get_by_role("link", name="plan-budget")).to_have_count(0)

    say(ada, "/invite @grace", channel="plan-budget")
    expect(grace.get_by_role("link", name="plan-budget")).to_be_visible()


def test_a_direct_message(open_as: OpenAs) -> None:
    ada, grace = open_as("ada"), open_as("grace")

    ada.locator(".sidebar").get_by_text("Grace", exact=True).click()
    box = ada.get_by_role("textbox", name="Message Grace")
    box.fill("Just you")
    box.press("Enter")

    grace.locator(".sidebar").get_by_text("Ada", exact=True).click()
    expect(grace.get_by_test_id("messages")).to_contain_text("Just you")


def test_the_page_catches_up_after_the_connection_was_lost(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    page = open_as("ada")
    connections: list[WebSocketRoute] = []
    is_down = False

    def connect(route: WebSocketRoute) -> None:
        if is_down:
            route.close()
        else:
            connections.append(route)
            route.connect_to_server()

    page.route_web_socket(re.compile("/client/ws"), connect)
    page.reload()
    expect(page.get_by_role("textbox", name="Message #general")).to_be_visible()
    is_down = True
    connections[-1].close()
    expect(page.get_by_text("Connection lost.")).to_be_visible()
    sandbox.act("message.send", user="U0GRACE", channel="C0GENERAL", text="While you were away")
    expect(page.get_by_test_id("messages")).not_to_contain_text("While you were away")

    is_down = False

    expect(page.get_by_test_id("messages")).to_contain_text("While you were away", timeout=10_000)
    expect(page.get_by_text("Connection lost.")).to_have_count(0)


def test_what_only_one_person_sees(open_as: OpenAs, app: PretendApp) -> None:
    ada, grace = open_as("ada", path="/?channel=incidents"), open_as("grace", path="/?channel=incidents")

    app.call("chat.postEphemeral", channel="C0INCIDENTS", user="U0ADA", text="A hint for you")

    hint = ada.get_by_test_id("messages").locator("[data-ephemeral]", has_text="A hint for you")
    expect(hint).to_contain_text("Only visible to you")
    expect(grace.get_by_test_id("messages")).not_to_contain_text("A hint for you")
    hint.get_by_role("button", name="Dismiss message").click()
    expect(hint).to_have_count(0)


def test_an_unknown_command_is_refused_as_in_slack(open_as: OpenAs) -> None:
    page = open_as("ada")

    say(page, "/incidnt help")

    expect(page.get_by_test_id("messages").locator("[data-ephemeral]")).to_contain_text(
        "/incidnt is not a valid command."
    )
    expect(page.get_by_role("textbox", name="Message #general")).to_have_value("/incidnt help")


def test_the_second_hint_also_says_that_nobody_else_sees_it(open_as: OpenAs, app: PretendApp) -> None:
    page = open_as("ada", path="/?channel=incidents")

    for text in ("First hint", "Second hint"):
        app.call("chat.postEphemeral", channel="C0INCIDENTS", user="U0ADA", text=text)

    second = page.get_by_test_id("messages").locator("[data-ephemeral]", has_text="Second hint")
    expect(second).to_contain_text("Only visible to you")


def test_following_a_link_to_the_newest_message_reads_it(
    open_as: OpenAs, app: PretendApp, sandbox: RunningSandbox
) -> None:
    ts = app.call("chat.postMessage", channel="C0INCIDENTS", text="The headline")["ts"]
    link = f"{sandbox.url}archives/C0INCIDENTS/p{ts.replace('.', '')}"
    sandbox.act("message.send", user="U0GRACE", channel="C0GENERAL", text=f"Look at {link}")
    page = open_as("ada")

    page.get_by_test_id("messages").get_by_role("link", name=link).click()

    expect(page.locator(f'[data-ts="{ts}"]')).to_have_class(re.compile("marked"))
    expect(page.locator(".sidebar [data-channel=C0INCIDENTS]")).not_to_have_class(re.compile("unread"))
    expect(page.locator(".to-latest")).to_have_count(0)


def test_a_channel_one_looks_at_is_read_however_fast_it_goes(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    page = open_as("ada")
    entry = page.locator(".sidebar [data-channel=C0GENERAL]")

    flood = Flood(sandbox.url, first=0, seconds=4, rate=20)
    expect(page.get_by_test_id("messages")).to_contain_text("Message 20 of many")
    expect(entry).not_to_have_class(re.compile("unread"), timeout=1500)
    is_on = flood.is_on
    flood.end()

    assert is_on
