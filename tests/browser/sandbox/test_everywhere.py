"""Phones, keyboards, light and dark."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.sandbox.gallery import blocks, button, inputs, plain
from tests.browser.sandbox.pretend_app import PretendApp
from tests.browser.sandbox.test_talking import say
from tests.browser.sandbox.windows import PHONE, OpenAs, RunningSandbox


def sideways(page: Page) -> int:
    """Return by how many pixels the page is wider than its window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return width


def test_on_a_phone_the_channels_are_a_drawer(open_as: OpenAs) -> None:
    page = open_as("ada", size=PHONE, has_touch=True)
    random = page.get_by_role("link", name="random", exact=True)
    expect(random).to_be_hidden()

    page.get_by_role("button", name="Open the list of channels").click()
    random.click()

    expect(page.get_by_role("textbox", name="Message #random")).to_be_visible()
    expect(random).to_be_hidden()
    assert sideways(page) <= 0


def test_on_a_phone_a_thread_covers_the_channel_and_goes_away(open_as: OpenAs) -> None:
    page = open_as("ada", size=PHONE, has_touch=True)
    say(page, "A very long line " + "that has to be wrapped somewhere " * 8 + "x" * 200)
    page.get_by_test_id("messages").locator("[data-user=U0ADA]").last.tap()
    page.get_by_role("button", name="Reply in thread").click()

    expect(page.get_by_role("textbox", name="Reply to thread in #general")).to_be_visible()
    assert sideways(page) <= 0
    page.get_by_role("button", name="Close Thread").click()
    expect(page.get_by_role("textbox", name="Message #general")).to_be_visible()


def test_everything_can_be_reached_without_a_mouse(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    page = open_as("ada")
    sandbox.act("message.send", user="U0GRACE", channel="C0GENERAL", text="Look here")
    messages = page.get_by_test_id("messages")
    expect(messages).to_contain_text("Look here")

    messages.focus()
    page.keyboard.press("ArrowUp")
    expect(messages.locator(".message", has_text="Look here")).to_be_focused()
    messages.get_by_role("button", name="Reply in thread").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Reply to thread in #general")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("thread")).to_have_count(0)

    page.keyboard.press("Control+k")
    page.keyboard.type("rand")
    page.keyboard.press("Enter")
    expect(page.get_by_role("textbox", name="Message #random")).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.get_by_role("textbox", name="Message #incidents")).to_be_visible()


def test_arrow_up_edits_what_one_said_last(open_as: OpenAs) -> None:
    page = open_as("ada")
    say(page, "Tpyo")
    expect(page.get_by_test_id("messages")).to_contain_text("Tpyo")

    page.get_by_role("textbox", name="Message #general").press("ArrowUp")

    expect(page.get_by_role("textbox", name="Edit message")).to_have_value("Tpyo")


def test_a_screen_reader_hears_new_messages(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    page = open_as("ada")
    expect(page.get_by_role("textbox", name="Message #general")).to_be_visible()

    sandbox.act("message.send", user="U0GRACE", channel="C0GENERAL", text="Hello *you* @ada")

    expect(page.get_by_test_id("announcer")).to_have_text("Grace: Hello you @Ada")


def test_the_chosen_theme_stays(open_as: OpenAs) -> None:
    page = open_as("ada", color_scheme="light")
    background = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(background)

    page.get_by_role("button", name=re.compile("Theme")).click()
    page.get_by_role("menuitemradio", name="Dark").click()

    assert page.evaluate(background) != light
    page.reload()
    page.locator(".shell").wait_for()
    assert page.evaluate(background) != light


def test_a_message_marked_unread_stays_so_until_one_comes_back(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    page = open_as("ada")
    sandbox.act("message.send", user="U0GRACE", channel="C0GENERAL", text="Later, maybe")
    entry = page.locator(".sidebar [data-channel=C0GENERAL]")
    message = page.get_by_test_id("messages").locator("[data-ts]", has_text="Later, maybe")
    message.hover()
    message.get_by_role("button", name="More actions").click()

    page.get_by_role("menuitem", name="Mark unread from here").click()

    expect(entry).to_have_class(re.compile("unread"))
    page.get_by_role("link", name="random", exact=True).click()
    entry.click()
    expect(entry).not_to_have_class(re.compile("unread"))


def test_switching_person_in_the_same_window(open_as: OpenAs) -> None:
    page = open_as("ada", path="/?channel=random")

    page.get_by_role("button", name=re.compile("You are Ada Lovelace")).click()
    page.get_by_role("menuitemradio", name=re.compile("Radia")).click()

    expect(page.get_by_role("button", name=re.compile("You are Radia Perlman"))).to_be_visible()
    say(page, "Now it is me", channel="random")
    expect(page.get_by_test_id("messages").locator("[data-user=U0RADIA]")).to_contain_text("Now it is me")


# What the Tab key reaches, and whether it shows that it is there: by an outline or a shadow of its own or of its frame.
FOCUSED = """() => {
  const at = document.activeElement;
  if (!at || at === document.body) return null;
  const seen = [at, at.parentElement, at.closest('.composer, .select, .file-drop')].filter(Boolean);
  const shows = seen.some((one) => {
    const style = getComputedStyle(one);
    return style.outlineStyle !== 'none' || style.boxShadow !== 'none';
  });
  const labels = [...(at.labels ?? [])].map((label) => label.textContent).join('');
  const by = document.getElementById(at.getAttribute('aria-labelledby'))?.textContent;
  const names = [at.getAttribute('aria-label'), by, labels, at.textContent, at.title];
  return { named: names.some((text) => text?.trim()), shows, what: at.outerHTML.slice(0, 160) };
}"""


@pytest.mark.parametrize("place", ["channel", "hood", "faults", "dialog", "home"])
def test_what_the_tab_key_reaches_has_a_name_and_shows_it(place: str, open_as: OpenAs, app: PretendApp) -> None:
    exhibits = [one.block for one in blocks("/avatars/U0ADA.svg") if one.name in ("actions", "data_table", "carousel")]
    app.call("chat.postMessage", channel="C0INCIDENTS", text="blocks", blocks=exhibits)
    page = open_as("ada", path="/?channel=incidents")
    _go_to(page, place, app)

    reached = []
    for _ in range(70):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused:
            reached.append(focused)

    assert len({one["what"] for one in reached}) > 10
    assert [one["what"] for one in reached if not one["named"]] == []
    assert [one["what"] for one in reached if not one["shows"]] == []


def _go_to(page: Page, place: str, app: PretendApp) -> None:
    if place in ("hood", "faults"):
        page.get_by_role("button", name={"hood": "Under the hood", "faults": "Faults"}[place], exact=True).click()
    elif place == "dialog":
        view = {
            "type": "modal",
            "title": plain("Everything"),
            "submit": plain("Send"),
            "blocks": [one.block for one in inputs()],
        }
        app.on["/incident"] = lambda sent: app.call("views.open", trigger_id=sent["trigger_id"], view=view) and None
        say(page, "/incident all", "incidents")
        page.get_by_role("dialog", name="Everything").wait_for()
    elif place == "home":
        view = {"type": "home", "blocks": [{"type": "actions", "elements": [button("Declare")]}]}
        app.call("views.publish", user_id="U0ADA", view=view)
        page.locator(".sidebar").get_by_role("link", name="Response").click()
        page.get_by_role("button", name="Declare").wait_for()


def test_the_tabs_of_the_app_are_changed_by_arrow_keys(open_as: OpenAs, app: PretendApp) -> None:
    view = {"type": "home", "blocks": [{"type": "header", "text": plain("Open incidents")}]}
    app.call("views.publish", user_id="U0ADA", view=view)
    page = open_as("ada", path="/?place=app")
    expect(page.get_by_role("tabpanel", name="Home")).to_contain_text("Open incidents")

    page.get_by_role("tab", name="Home").focus()
    page.keyboard.press("ArrowRight")

    expect(page.get_by_role("tab", name="Messages")).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Messages")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tabpanel", name="Home")).to_contain_text("Open incidents")
