"""What an app shows people, and what comes back to it: blocks, dialogs, the Home tab."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.sandbox.pretend_app import Payload, PretendApp
from tests.browser.sandbox.windows import OpenAs, RunningSandbox

INCIDENTS = "C0INCIDENTS"


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text, "emoji": True}


def option(text: str) -> dict[str, Any]:
    return {"text": plain(text), "value": text.lower()}


def input_block(name: str, element: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": name.lower(),
        "label": plain(name),
        "element": {"action_id": "it"} | element,
    } | more


SEVERITIES = [option("Critical"), option("Major"), option("Minor")]


def declare_dialog() -> Payload:
    blocks = [
        input_block("Title", {"type": "plain_text_input", "initial_value": "Checkout returns 500s"}),
        input_block(
            "Summary", {"type": "plain_text_input", "multiline": True}, optional=True, hint=plain("What do people see?")
        ),
        input_block("Severity", {"type": "static_select", "options": SEVERITIES}, optional=True),
        input_block("Lead", {"type": "users_select", "initial_user": "U0ADA"}),
        input_block("Watchers", {"type": "multi_users_select"}, optional=True),
        input_block(
            "Kind",
            {"type": "radio_buttons", "options": [option("Live"), option("Report")], "initial_option": option("Live")},
        ),
        input_block("Chores", {"type": "checkboxes", "options": [option("Page"), option("Call")]}, optional=True),
        input_block("Since", {"type": "datepicker"}, optional=True),
        input_block("Affected", {"type": "number_input", "is_decimal_allowed": False}, optional=True),
        input_block("Service", {"type": "external_select", "min_query_length": 1}, optional=True),
    ]
    return {
        "type": "modal",
        "callback_id": "declare",
        "title": plain("Declare an incident"),
        "submit": plain("Declare"),
        "close": plain("Not now"),
        "blocks": blocks,
    }


def open_dialog_on_command(app: PretendApp, view: Payload) -> None:
    def answer(payload: Payload) -> None:
        app.call("views.open", trigger_id=payload["trigger_id"], view=view)

    app.on["/incident"] = answer


def declare(page: Page) -> Locator:
    box = page.get_by_role("textbox", name="Message #general")
    box.fill("/incident Checkout returns 500s")
    box.press("Enter")
    dialog = page.get_by_role("dialog", name="Declare an incident")
    dialog.wait_for()
    return dialog


def test_a_dialog_comes_prefilled_and_goes_back_filled_in(open_as: OpenAs, app: PretendApp) -> None:
    open_dialog_on_command(app, declare_dialog())
    app.on["block_suggestion"] = lambda payload: {
        "options": [option(f"{payload['value']}-api"), option(f"{payload['value']}-web")]
    }
    page = open_as("ada")

    dialog = declare(page)
    expect(dialog.get_by_label("Title")).to_be_focused()
    expect(dialog.get_by_label("Title")).to_have_value("Checkout returns 500s")
    dialog.get_by_label("Summary").fill("People cannot pay.\nNobody can.")
    dialog.get_by_label("Severity").click()
    dialog.get_by_role("option", name="Major").click()
    dialog.get_by_label("Lead").fill("gra")
    dialog.get_by_label("Lead").press("Enter")
    dialog.get_by_label("Watchers").click()
    dialog.get_by_role("option", name=re.compile("Linus")).click()
    dialog.get_by_role("option", name=re.compile("Radia")).click()
    dialog.get_by_label("Watchers").press("Escape")
    dialog.get_by_label("Report").check()
    dialog.get_by_label("Call").check()
    dialog.get_by_label("Since").fill("2026-11-20")
    dialog.get_by_label("Affected").fill("120")
    dialog.get_by_label("Service").press_sequentially("pay")
    dialog.get_by_role("option", name="pay-web").click()
    dialog.get_by_role("button", name="Declare").click()

    expect(dialog).to_have_count(0)
    values = {
        block: actions["it"] for block, actions in app.wait_for("view_submission")["view"]["state"]["values"].items()
    }
    assert values["title"]["value"] == "Checkout returns 500s"
    assert values["summary"]["value"] == "People cannot pay.\nNobody can."
    assert values["severity"]["selected_option"]["value"] == "major"
    assert values["lead"]["selected_user"] == "U0GRACE"
    assert values["watchers"]["selected_users"] == ["U0LINUS", "U0RADIA"]
    assert values["kind"]["selected_option"]["value"] == "report"
    assert [chosen["value"] for chosen in values["chores"]["selected_options"]] == ["call"]
    assert values["since"]["selected_date"] == "2026-11-20"
    assert values["affected"]["value"] == "120"
    assert values["service"]["selected_option"]["value"] == "pay-web"


def test_errors_stand_under_their_fields_and_the_dialog_stays(open_as: OpenAs, app: PretendApp) -> None:
    open_dialog_on_command(app, declare_dialog())
    app.on["view_submission"] = lambda _: {"response_action": "errors", "errors": {"severity": "Choose how bad it is."}}
    page = open_as("ada")
    dialog = declare(page)
    dialog.get_by_label("Summary").fill("Kept")

    dialog.get_by_role("button", name="Declare").click()

    expect(dialog.get_by_role("alert")).to_have_text("Choose how bad it is.")
    expect(dialog.get_by_label("Severity")).to_have_attribute("aria-invalid", "true")
    expect(dialog.get_by_label("Summary")).to_have_value("Kept")


def test_a_required_field_is_asked_for_before_the_app_hears(open_as: OpenAs, app: PretendApp) -> None:
    open_dialog_on_command(app, declare_dialog())
    page = open_as("ada")
    dialog = declare(page)
    dialog.get_by_label("Title").fill("")

    dialog.get_by_role("button", name="Declare").click()

    expect(dialog.get_by_role("alert")).to_be_visible()
    assert "view_submission" not in [kind for kind, _ in app.heard]


def test_dialogs_stack_and_the_lower_one_keeps_what_was_typed(open_as: OpenAs, app: PretendApp) -> None:
    lower = declare_dialog()
    lower["blocks"].append(
        {
            "type": "actions",
            "block_id": "more",
            "elements": [{"type": "button", "action_id": "help", "text": plain("Explain")}],
        }
    )
    upper = {
        "type": "modal",
        "title": plain("Severities"),
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "*Critical* is bad"}}],
    }
    open_dialog_on_command(app, lower)

    def push(payload: Payload) -> None:
        app.call("views.push", trigger_id=payload["trigger_id"], view=upper)

    app.on["block_actions"] = push
    page = open_as("ada")
    dialog = declare(page)
    dialog.get_by_label("Title").fill("Typed by hand")

    dialog.get_by_role("button", name="Explain").click()
    explanation = page.get_by_role("dialog", name="Severities")
    expect(explanation).to_contain_text("Critical is bad")
    explanation.get_by_role("button", name="Back").click()

    expect(dialog.get_by_label("Title")).to_have_value("Typed by hand")


@pytest.mark.parametrize("way", ["Escape", "Not now", "Close"])
def test_a_dialog_goes_away(way: str, open_as: OpenAs, app: PretendApp) -> None:
    open_dialog_on_command(app, declare_dialog())
    page = open_as("ada")
    dialog = declare(page)

    if way == "Escape":
        page.keyboard.press("Escape")
    else:
        dialog.get_by_role("button", name=way).click()

    expect(dialog).to_have_count(0)
    expect(page.get_by_role("textbox", name="Message #general")).to_be_focused()


def test_a_silent_app_is_told_in_slacks_words(open_as: OpenAs, app: PretendApp, sandbox: RunningSandbox) -> None:
    page = open_as("ada")
    sandbox.control("app", {"url": "http://127.0.0.1:9/nobody"})

    box = page.get_by_role("textbox", name="Message #general")
    box.fill("/incident Nobody hears")
    box.press("Enter")

    expect(page.get_by_test_id("messages").locator("[data-ephemeral]")).to_contain_text(
        "/incident failed with the error"
    )
    sandbox.control("app", {"url": app.url})


def headline(app: PretendApp, *elements: dict[str, Any]) -> str:
    blocks = [
        {"type": "header", "text": plain(":fire: INC-7 Checkout returns 500s")},
        {
            "type": "section",
            "fields": [
                {"type": "mrkdwn", "text": "*Lead*\n<@U0GRACE>"},
                {"type": "mrkdwn", "text": "*Severity*\nMajor"},
            ],
        },
        {"type": "context", "elements": [{"type": "mrkdwn", "text": "<https://example.com/7|Incident document>"}]},
        {"type": "divider"},
        {"type": "actions", "block_id": "acts", "elements": list(elements)},
    ]
    ts: str = app.call("chat.postMessage", channel=INCIDENTS, text="INC-7", blocks=blocks)["ts"]
    return ts


def test_a_headline_is_drawn_and_its_button_asks_first(open_as: OpenAs, app: PretendApp) -> None:
    confirm = {
        "title": plain("Close it?"),
        "text": plain("It can be reopened."),
        "confirm": plain("Close it"),
        "deny": plain("No"),
    }
    headline(
        app,
        {
            "type": "button",
            "action_id": "close",
            "text": plain("Close"),
            "value": "7",
            "style": "danger",
            "confirm": confirm,
        },
    )
    page = open_as("ada", path="/?channel=incidents")
    messages = page.get_by_test_id("messages")
    expect(messages.get_by_role("heading", name="INC-7 Checkout returns 500s")).to_be_visible()
    expect(messages.get_by_role("button", name="@Grace")).to_be_visible()
    expect(messages.get_by_role("link", name="Incident document")).to_have_attribute("href", "https://example.com/7")

    messages.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("alertdialog", name="Close it?").get_by_role("button", name="No").click()
    assert "block_actions" not in [kind for kind, _ in app.heard]
    messages.get_by_role("button", name="Close", exact=True).click()
    page.get_by_role("alertdialog", name="Close it?").get_by_role("button", name="Close it").click()

    [action] = app.wait_for("block_actions")["actions"]
    assert (action["action_id"], action["value"]) == ("close", "7")


def test_a_message_that_the_app_updates_changes_at_once(open_as: OpenAs, app: PretendApp) -> None:
    ts = headline(app, {"type": "button", "action_id": "close", "text": plain("Close")})
    page = open_as("grace", path="/?channel=incidents")
    expect(page.locator(f'[data-ts="{ts}"]').get_by_role("button", name="Close", exact=True)).to_be_visible()

    app.call(
        "chat.update",
        channel=INCIDENTS,
        ts=ts,
        text="INC-7",
        blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "*Resolved*"}}],
    )

    expect(page.locator(f'[data-ts="{ts}"]')).to_contain_text("Resolved")
    expect(page.locator(f'[data-ts="{ts}"]').get_by_role("button", name="Close", exact=True)).to_have_count(0)


def test_selects_and_menus_in_a_message_report_their_choice(open_as: OpenAs, app: PretendApp) -> None:
    headline(
        app,
        {"type": "static_select", "action_id": "severity", "placeholder": plain("Severity"), "options": SEVERITIES},
        {"type": "overflow", "action_id": "more", "options": [option("Merge"), option("Cancel")]},
        {"type": "datepicker", "action_id": "due", "placeholder": plain("Due")},
    )
    page = open_as("ada", path="/?channel=incidents")
    messages = page.get_by_test_id("messages")

    messages.get_by_role("combobox", name="Severity").click()
    page.get_by_role("option", name="Minor").click()
    assert app.wait_for("block_actions")["actions"][0]["selected_option"]["value"] == "minor"

    app.heard.clear()
    messages.get_by_role("button", name="More options").click()
    page.get_by_role("menuitem", name="Merge").click()
    assert app.wait_for("block_actions")["actions"][0]["selected_option"]["value"] == "merge"

    app.heard.clear()
    messages.get_by_label("Due").fill("2026-12-01")
    assert app.wait_for("block_actions")["actions"][0]["selected_date"] == "2026-12-01"


def test_the_home_tab_is_published_and_acts(open_as: OpenAs, app: PretendApp) -> None:
    button = {"type": "button", "action_id": "refresh", "text": plain("Refresh")}
    view = {
        "type": "home",
        "blocks": [{"type": "header", "text": plain("Open incidents")}, {"type": "actions", "elements": [button]}],
    }

    def publish(envelope: Payload) -> None:
        if envelope["event"]["tab"] == "home":
            app.call("views.publish", user_id=envelope["event"]["user"], view=view)

    app.on["app_home_opened"] = publish
    page = open_as("ada")

    page.locator(".sidebar").get_by_role("link", name="Response").click()

    expect(page.get_by_role("heading", name="Open incidents")).to_be_visible()
    page.get_by_role("button", name="Refresh").click()
    assert app.wait_for("block_actions")["view"]["type"] == "home"


def test_an_app_without_a_home_is_talked_to(open_as: OpenAs, app: PretendApp) -> None:
    page = open_as("ada")

    page.locator(".sidebar").get_by_role("link", name="Response").click()

    expect(page.get_by_role("textbox", name="Message Response")).to_be_visible()
    app.wait_for("app_home_opened")


def test_headlines_stand_for_themselves_and_say_that_they_were_edited(open_as: OpenAs, app: PretendApp) -> None:
    button = {"type": "button", "action_id": "close", "text": plain("Close")}
    headline(app, button)
    second = headline(app, button)
    blocks = [{"type": "header", "text": plain("Resolved")}, {"type": "actions", "elements": [button]}]
    app.call("chat.update", channel=INCIDENTS, ts=second, text="INC-8", blocks=blocks)

    page = open_as("ada", path="/?channel=incidents")

    head = page.locator(f'[data-ts="{second}"] .head')
    expect(head).to_contain_text("Response")
    expect(head).to_contain_text("(edited)")


def test_under_the_hood_shows_calls_and_deliveries_and_sends_again(open_as: OpenAs, app: PretendApp) -> None:
    page = open_as("ada", path="/?channel=incidents")
    page.get_by_role("button", name="Under the hood").click()

    box = page.get_by_role("textbox", name="Message #incidents")
    box.fill("@incident help")
    box.press("Enter")
    app.wait_for("app_mention")
    app.call("chat.postMessage", channel=INCIDENTS, text="Here I am")

    hood = page.get_by_test_id("hood")
    expect(hood.get_by_role("button", name=re.compile("chat.postMessage"))).to_contain_text("ok")
    app.heard.clear()
    hood.get_by_role("button", name=re.compile("app_mention")).click()
    hood.get_by_role("button", name="Redeliver").click()
    assert app.wait_for("app_mention")["event"]["text"] == "<@U0RESPONSE> help"


def test_faults_reach_the_app(open_as: OpenAs, app: PretendApp, sandbox: RunningSandbox) -> None:
    page = open_as("ada")
    page.get_by_role("button", name="Faults", exact=True).click()

    page.get_by_role("switch", name="Token revoked").check()

    with pytest.raises(AssertionError, match="token_revoked"):
        app.call("auth.test")
    page.get_by_role("button", name=re.compile("No faults")).click()
    expect(page.get_by_role("switch", name="Token revoked")).not_to_be_checked()
    assert app.call("auth.test")["team_id"] == "T0SANDBOX"
    sandbox.control("faults", {"clear": True})
