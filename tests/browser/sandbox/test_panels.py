"""Under the hood and Faults: each control does what it says, and shows what happened."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from http.client import RemoteDisconnected
from typing import NamedTuple

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.sandbox.pretend_app import PretendApp
from tests.browser.sandbox.test_talking import say
from tests.browser.sandbox.windows import PHONE, WIDE, OpenAs, RunningSandbox

INCIDENTS = "C0INCIDENTS"


class Answered(NamedTuple):
    status: int | None
    ok: bool = False
    error: str | None = None
    retry_after: str | None = None


def post(app: PretendApp, text: str = "Hello") -> Answered:
    """Call the Web API as the app does, whatever faults are on. Without a status the line went dead."""
    request = urllib.request.Request(
        f"{app.api_url}chat.postMessage",
        data=json.dumps({"channel": INCIDENTS, "text": text}).encode(),
        headers={"Content-Type": "application/json", "Authorization": "Bearer xoxb-sandbox-token"},
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            answer = json.load(response)
            return Answered(response.status, answer["ok"], answer.get("error"))
    except urllib.error.HTTPError as wrong:
        return Answered(wrong.code, retry_after=wrong.headers.get("Retry-After"))
    except (RemoteDisconnected, ConnectionResetError):
        return Answered(None)


def open_faults(open_as: OpenAs, size: dict[str, int] = WIDE) -> Page:
    page = open_as("ada", path="/?channel=incidents", size=size)
    page.get_by_role("button", name="Faults", exact=True).click()
    expect(page.get_by_role("heading", name="API answers")).to_be_visible()
    return page


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(name)).click()
    expect(page.get_by_role("button", name=re.compile(name))).to_have_attribute("aria-pressed", "true")


def events_heard(app: PretendApp) -> list[str]:
    return [envelope["event"]["text"] for kind, envelope in app.heard if kind == "app_mention"]


def test_rate_limits_answer_429_five_times_and_say_how_long_to_wait(open_as: OpenAs, app: PretendApp) -> None:
    page = open_faults(open_as)
    press(page, "Rate limits")
    expect(page.get_by_text("5 times")).to_be_visible()

    answers = [post(app) for _ in range(6)]

    assert answers == [Answered(429, retry_after="3")] * 5 + [Answered(200, ok=True)]
    expect(page.get_by_text("used up")).to_be_visible()


def test_lost_answers_arrive_all_the_same(open_as: OpenAs, app: PretendApp) -> None:
    page = open_faults(open_as)
    press(page, "Lost answers")

    assert post(app, "Its answer is lost") == Answered(None)

    expect(page.get_by_test_id("messages")).to_contain_text("Its answer is lost")


def test_an_outage_ends_with_no_faults(open_as: OpenAs, app: PretendApp) -> None:
    page = open_faults(open_as)
    press(page, "Outage")
    assert post(app) == Answered(503)

    press(page, "No faults")

    assert post(app) == Answered(200, ok=True)


def test_the_current_faults_are_marked_whoever_set_them(open_as: OpenAs, sandbox: RunningSandbox) -> None:
    page = open_faults(open_as)
    marked = page.locator(".preset[aria-pressed=true]")
    expect(marked).to_have_text(re.compile("No faults"))
    press(page, "Duplicate events")
    page.get_by_role("button", name="Under the hood").click()
    page.get_by_role("button", name="Faults", exact=True).click()
    expect(marked).to_have_text(re.compile("Duplicate events"))

    sandbox.control("faults", {"clear": True, "down": True})
    expect(marked).to_have_text(re.compile("Outage"))
    sandbox.control("faults", {"clear": True, "latency_ms": 300})
    expect(marked).to_have_count(0)


@pytest.mark.parametrize("label", ["Delay", "Jitter, up to", "Send twice: the next", "Lose: the next", "Late by"])
def test_a_number_that_is_being_typed_stays_while_others_change_the_faults(
    open_as: OpenAs, sandbox: RunningSandbox, label: str
) -> None:
    page = open_faults(open_as)
    typed = page.get_by_label(label)
    typed.press("Control+a")
    typed.press_sequentially("7")

    sandbox.control("faults", {"down": True})

    expect(page.get_by_role("switch", name="All down")).to_be_checked()
    expect(typed).to_have_value("7")
    typed.press("Tab")
    expect(typed).to_have_value("7")
    sandbox.control("faults", {"clear": True})
    expect(typed).to_have_value("0")


def test_slow_answers_are_late_and_the_hood_says_by_how_much(open_as: OpenAs, app: PretendApp) -> None:
    page = open_faults(open_as)
    page.get_by_label("Delay").fill("300")
    page.get_by_label("Delay").press("Tab")
    page.get_by_role("button", name="Under the hood").click()

    post(app)

    call = page.get_by_test_id("hood").get_by_role("button", name="chat.postMessage")
    expect(call.locator(".hood-ms")).to_have_text(re.compile(r"^3\d\d ms$"))


def test_a_rule_applies_to_its_method_only_and_can_be_taken_away(open_as: OpenAs, app: PretendApp) -> None:
    page = open_faults(open_as)
    page.get_by_label("Method").fill("chat.*")
    page.get_by_role("combobox", name="Fault", exact=True).select_option("ratelimited")
    page.get_by_label("Retry-After").fill("7")
    page.get_by_role("button", name="Add rule").click()
    expect(page.get_by_text("Retry-After 7")).to_be_visible()
    assert post(app).retry_after == "7"
    assert app.call("auth.test")["ok"]

    page.get_by_role("combobox", name="Fault", exact=True).select_option("error:channel_not_found")
    page.get_by_role("button", name="Remove rule").click()
    expect(page.get_by_text("None. The first rule that matches")).to_be_visible()
    page.get_by_label("Times").fill("1")
    page.get_by_role("button", name="Add rule").click()
    expect(page.get_by_text("once", exact=True)).to_be_visible()

    assert post(app).error == "channel_not_found"
    assert post(app).ok


@pytest.mark.parametrize("fault", ["server_error", "server_error_after", "lost_request", "garbage"])
def test_other_faults_are_what_they_are_called(fault: str, open_as: OpenAs, app: PretendApp) -> None:
    page = open_faults(open_as)
    page.get_by_role("combobox", name="Fault", exact=True).select_option(fault)
    page.get_by_label("Times").fill("1")
    page.get_by_role("button", name="Add rule").click()
    expect(page.get_by_text("once", exact=True)).to_be_visible()

    if fault == "garbage":
        with pytest.raises(json.JSONDecodeError):
            post(app, "During it")
    else:
        assert post(app, "During it").status == (None if fault == "lost_request" else 500)

    arrived = fault in ("server_error_after", "garbage")
    assert post(app, "After it").ok
    expect(page.get_by_test_id("messages")).to_contain_text("After it")
    expect(page.get_by_test_id("messages").get_by_text("During it")).to_have_count(1 if arrived else 0)


def test_events_come_twice_late_or_never(open_as: OpenAs, app: PretendApp, sandbox: RunningSandbox) -> None:
    page = open_faults(open_as)
    twice = page.get_by_label("Send twice: the next")
    twice.fill("1")
    twice.press("Tab")
    say(page, "@incident one", "incidents")
    expect(twice).to_have_value("0")

    # The mention, and the message itself: both are events.
    never = page.get_by_label("Lose: the next")
    never.fill("2")
    never.press("Tab")
    say(page, "@incident two", "incidents")
    expect(never).to_have_value("0")
    late = page.get_by_label("Late by")
    late.fill("200")
    late.press("Tab")
    say(page, "@incident three", "incidents")
    sandbox.control("settle", {})

    heard = [envelope["event"]["text"] for _, envelope in app.heard if "event" in envelope]
    texts = [text.removeprefix("<@U0RESPONSE> ") for text in heard]
    assert texts.count("one") == 3
    assert texts.count("two") == 0
    assert texts.count("three") == 2


def test_a_snapshot_is_kept_and_brought_back_and_a_reset_forgets_all(open_as: OpenAs, app: PretendApp) -> None:
    page = open_faults(open_as)
    messages = page.get_by_test_id("messages")
    say(page, "Before", "incidents")
    expect(messages).to_contain_text("Before")
    page.get_by_role("button", name="Keep a snapshot").click()
    expect(page.get_by_text("The workspace is kept as it is now.")).to_be_visible()
    say(page, "Afterwards", "incidents")
    expect(messages).to_contain_text("Afterwards")

    page.get_by_role("button", name="Bring it back").click()
    expect(messages).not_to_contain_text("Afterwards")
    expect(messages).to_contain_text("Before")

    page.get_by_role("button", name="Reset and seed").click()
    page.get_by_role("dialog").get_by_role("button", name="Reset everything").click()
    expect(messages).not_to_contain_text("Before")
    expect(page.get_by_role("heading", name="API answers")).to_be_visible()


def test_the_clock_goes_on_by_an_hour(open_as: OpenAs, app: PretendApp, sandbox: RunningSandbox) -> None:
    page = open_faults(open_as)
    before = app.call("chat.postMessage", channel=INCIDENTS, text="Early")["ts"]

    page.get_by_role("button", name="+ an hour").click()
    expect(page.get_by_text("The sandbox's clock went on by an hour.")).to_be_visible()

    assert 3600 <= float(app.call("chat.postMessage", channel=INCIDENTS, text="Late")["ts"]) - float(before) < 3700


def hood(open_as: OpenAs, size: dict[str, int] = WIDE, **options: list[str]) -> tuple[Page, Locator]:
    page = open_as("ada", path="/?channel=incidents", size=size, **options)
    page.get_by_role("button", name="Under the hood").click()
    return page, page.get_by_test_id("hood")


def test_an_app_that_is_too_slow_is_red_and_tried_again(
    open_as: OpenAs, app: PretendApp, sandbox: RunningSandbox
) -> None:
    sandbox.control("faults", {"patience": 0.1})
    sandbox.control("app", {"url": app.silent_url})
    page, panel = hood(open_as)

    say(page, "@incident help", "incidents")

    row = panel.get_by_role("listitem").filter(has=page.get_by_role("button", name="app_mention"))
    expect(row.locator(".hood-line")).to_contain_text("2 tries")
    expect(row.locator(".hood-line .hood-ms")).to_have_class(re.compile("slow"))
    row.get_by_role("button", name="app_mention").click()
    expect(row.get_by_role("row")).to_have_count(3)
    expect(row.get_by_role("row").last).to_contain_text("http_timeout")
    sandbox.control("clock", {"advance": 61})
    expect(row.locator(".hood-line")).to_contain_text("3 tries")
    page.get_by_role("button", name="Trouble").click()
    expect(row).to_be_visible()
    sandbox.control("app", {"url": app.url})


def test_a_call_shows_its_arguments_and_why_it_was_refused(open_as: OpenAs, app: PretendApp) -> None:
    page, panel = hood(open_as, permissions=["clipboard-read", "clipboard-write"])

    refused = post(app, text="")

    assert refused.error == "no_text"
    call = panel.get_by_role("button", name="chat.postMessage")
    expect(call).to_contain_text("no_text")
    call.click()
    expect(panel).to_contain_text('"channel": "C0INCIDENTS"')
    panel.get_by_role("button", name="Copy arguments").click()
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert json.loads(page.evaluate("navigator.clipboard.readText()"))["channel"] == INCIDENTS


def test_an_answer_that_slack_would_not_understand_is_explained(open_as: OpenAs, app: PretendApp) -> None:
    app.on["/incident"] = lambda _: {"text": "x", "blocks": [{"type": "nonsense"}]}
    page, panel = hood(open_as)

    say(page, "/incident help", "incidents")

    row = panel.get_by_role("button", name="/incident")
    expect(row).to_contain_text("not understood")
    row.click()
    expect(panel).to_contain_text("The answer to the command cannot be shown")


def test_the_panels_fit_on_a_phone(open_as: OpenAs, app: PretendApp) -> None:
    page = open_as("ada", path="/?channel=incidents", size=PHONE, has_touch=True)
    post(app)
    for name in ("Faults", "Under the hood"):
        page.get_by_role("button", name="Open the list of channels").click()
        page.get_by_role("button", name=name, exact=True).click()
        expect(page.get_by_role("button", name=f"Close {name}")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        page.get_by_role("button", name=f"Close {name}").click()
