import time
from collections.abc import Callable
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from tests.sandbox.conftest import Answer, App, Received, Sandbox, answers, ok

Refused = Callable[..., dict[str, Any]]


def plain(text: str) -> dict[str, Any]:
    return {"type": "plain_text", "text": text}


def option(value: str) -> dict[str, Any]:
    return {"text": plain(value.title()), "value": value}


def text_input(block_id: str, *, optional: bool = False, **element: Any) -> dict[str, Any]:
    return {
        "type": "input",
        "block_id": block_id,
        "label": plain(block_id),
        "optional": optional,
        "element": {"type": "plain_text_input", "action_id": "value", **element},
    }


def modal(*blocks: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "modal",
        "callback_id": "dialog",
        "title": plain("Dialog"),
        "submit": plain("Send"),
        "blocks": list(blocks) or [text_input("title")],
        **more,
    }


@pytest.fixture
def trigger(sandbox: Sandbox, app: App) -> Callable[[], str]:
    """A fresh trigger_id, got by a slash command of Ada's."""

    def fresh() -> str:
        sandbox.ada("message.send", channel="C0GENERAL", text="/incident")
        return app.received[-1].form["trigger_id"]

    return fresh


@pytest.fixture
def button(slack: WebClient) -> dict[str, Any]:
    """A message with a button and a menu; what `block.act` needs to find them."""
    elements = [
        {"type": "button", "action_id": "go", "text": plain("Go"), "value": "42", "style": "primary"},
        {"type": "static_select", "action_id": "pick", "options": [option("red"), option("blue")]},
    ]
    blocks = [{"type": "actions", "block_id": "buttons", "elements": elements}]
    posted = slack.chat_postMessage(channel="C0INCIDENTS", text="choose", blocks=blocks)
    return {"channel": posted["channel"], "ts": posted["ts"], "block_id": "buttons"}


# Commands


def test_command_arrives_as_slack_sends_it(sandbox: Sandbox, app: App) -> None:
    sandbox.ada("message.send", channel="C0GENERAL", text="/incident Checkout is down @grace #random & <co>")

    (request,) = app.received
    form = request.form
    assert form["command"] == "/incident"
    assert form["text"] == "Checkout is down <@U0GRACE|grace> <#C0RANDOM|random> &amp; &lt;co&gt;"
    assert (form["user_id"], form["channel_id"], form["channel_name"]) == ("U0ADA", "C0GENERAL", "general")
    assert form["response_url"].startswith(sandbox.url)
    assert sandbox.messages("general") == []


def test_command_answer_is_shown_to_one_or_to_all(sandbox: Sandbox, app: App) -> None:
    app.answer = lambda request: (200, {"Content-Type": "text/plain"}, "just you")
    sandbox.ada("message.send", channel="C0GENERAL", text="/incident a")
    app.answer = answers({"response_type": "in_channel", "text": "everybody"})
    sandbox.ada("message.send", channel="C0GENERAL", text="/incident b")

    assert [one["text"] for one in sandbox.messages("general", "U0ADA")] == ["just you", "everybody"]
    assert [one["text"] for one in sandbox.messages("general", "U0GRACE")] == ["everybody"]


def test_command_that_fails_says_so_in_slacks_words(sandbox: Sandbox, app: App) -> None:
    def slow(request: Received) -> Answer:
        time.sleep(0.5)
        return ok(request)

    sandbox.post("faults", patience=0.3)

    app.answer = lambda request: (500, {}, "")
    failed = sandbox.does("U0ADA", "message.send", channel="C0GENERAL", text="/incident")
    app.answer = slow
    late = sandbox.does("U0ADA", "message.send", channel="C0GENERAL", text="/incident")
    unknown = sandbox.does("U0ADA", "message.send", channel="C0GENERAL", text="/nonsense")

    assert failed["error"] == '/incident failed with the error "dispatch_failed"'
    assert late["error"] == '/incident failed with the error "operation_timeout"'
    assert unknown["error"].startswith("/nonsense is not a valid command.")


def test_command_in_a_thread_is_refused(sandbox: Sandbox, app: App) -> None:
    ts = sandbox.ada("message.send", channel="C0GENERAL", text="x")["ts"]

    answer = sandbox.does("U0ADA", "message.send", channel="C0GENERAL", text="/incident", thread_ts=ts)

    assert "not supported in threads" in answer["error"]
    assert app.received == []


def test_own_commands_of_slack_work(sandbox: Sandbox) -> None:
    sandbox.ada("message.send", channel="C0RANDOM", text="/topic all about @grace")
    sandbox.ada("message.send", channel="C0RANDOM", text="/invite @incident")
    sandbox.ada("message.send", channel="C0RANDOM", text="/me waves")

    (channel,) = [one for one in sandbox.get("channels")["channels"] if one["name"] == "random"]
    assert channel["topic"]["value"] == "all about <@U0GRACE>"
    assert "U0RESPONSE" in channel["members"]
    assert sandbox.messages("random")[-1]["subtype"] == "me_message"


# Clicks and response_url


def test_click_has_slacks_shape(sandbox: Sandbox, app: App, button: dict[str, Any]) -> None:
    sandbox.ada("block.act", **button, action_id="go")

    (payload,) = app.interactions("block_actions")
    (action,) = payload["actions"]
    assert (action["action_id"], action["value"], action["block_id"]) == ("go", "42", "buttons")
    assert payload["container"]["message_ts"] == button["ts"]
    assert payload["message"]["text"] == "choose"
    assert payload["channel"] == {"id": "C0INCIDENTS", "name": "incidents"}
    assert payload["user"]["id"] == "U0ADA"
    assert payload["state"]["values"] == {"buttons": {"pick": {"type": "static_select", "selected_option": None}}}
    assert payload["trigger_id"]


def test_chosen_option_is_whole_and_in_the_state(sandbox: Sandbox, app: App, button: dict[str, Any]) -> None:
    sandbox.ada("block.act", **button, action_id="pick", selected_option={"value": "blue"})

    (payload,) = app.interactions("block_actions")
    chosen = payload["actions"][0]["selected_option"]
    assert chosen["text"]["text"] == "Blue"
    assert payload["state"]["values"]["buttons"]["pick"]["selected_option"] == chosen
    unknown = sandbox.does("U0ADA", "block.act", **button, action_id="pick", selected_option={"value": "green"})
    assert not unknown["ok"]


def test_click_that_fails_says_so(sandbox: Sandbox, app: App, button: dict[str, Any]) -> None:
    app.answer = lambda request: (404, {}, "")
    failed = sandbox.does("U0ADA", "block.act", **button, action_id="go")
    sandbox.post("app", url=None)
    nobody = sandbox.does("U0ADA", "block.act", **button, action_id="go")
    gone = sandbox.does("U0ADA", "block.act", **button, action_id="no-such-button")

    assert failed["error"] == "This app responded with Status Code 404."
    assert nobody["error"] == "The app could not be reached."
    assert gone["error"] == "This button or menu is not there any more."


def test_response_url_speaks_replaces_and_deletes(sandbox: Sandbox, app: App, button: dict[str, Any]) -> None:
    sandbox.settle()
    sandbox.ada("block.act", **button, action_id="go")
    url = app.interactions("block_actions")[0]["response_url"]

    assert sandbox.http.post(url, json={"text": "psst"}).json() == {"ok": True}
    assert sandbox.http.post(url, json={"text": "all", "response_type": "in_channel"}).json() == {"ok": True}
    sandbox.http.post(url, json={"text": "replaced", "replace_original": True})
    shown = [one["text"] for one in sandbox.messages("incidents")]
    assert shown == ["replaced", "psst", "all"]
    sandbox.http.post(url, json={"delete_original": True})
    assert [one["text"] for one in sandbox.messages("incidents")] == ["psst", "all"]
    assert sandbox.http.post(url, json={"text": "fifth"}).json() == {"ok": True}
    used = sandbox.http.post(url, json={"text": "sixth"})
    assert (used.status_code, used.json()["error"]) == (404, "used_url")


def test_response_url_expires_after_half_an_hour(sandbox: Sandbox, app: App) -> None:
    sandbox.ada("message.send", channel="C0GENERAL", text="/incident")
    url = app.received[0].form["response_url"]
    sandbox.post("clock", advance=31 * 60)

    assert sandbox.http.post(url, json={"text": "late"}).json()["error"] == "expired_url"


def test_response_url_is_good_for_five_answers(sandbox: Sandbox, app: App) -> None:
    sandbox.ada("message.send", channel="C0GENERAL", text="/incident x")
    url = app.received[0].form["response_url"]

    answers = [sandbox.http.post(url, json={"text": "x"}) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [404]
    assert "used_url" in answers[-1].text


def test_response_url_changes_what_only_one_sees(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    block = {
        "type": "actions",
        "block_id": "b",
        "elements": [{"type": "button", "action_id": "go", "text": plain("Go")}],
    }
    slack.chat_postEphemeral(channel="C0INCIDENTS", user="U0ADA", text="ask", blocks=[block])
    (message,) = sandbox.messages("incidents")
    sandbox.ada("block.act", channel="C0INCIDENTS", ts=message["ts"], block_id="b", action_id="go")
    (payload,) = app.interactions("block_actions")
    assert payload["container"]["is_ephemeral"] is True
    assert "message" not in payload

    sandbox.http.post(payload["response_url"], json={"text": "done", "replace_original": True})

    (after,) = sandbox.messages("incidents")
    assert (after["ts"], after["text"]) == (message["ts"], "done")
    sandbox.http.post(payload["response_url"], json={"delete_original": True})
    assert sandbox.messages("incidents") == []


# Dialogs


def test_trigger_opens_one_dialog_and_soon(
    sandbox: Sandbox, slack: WebClient, trigger: Callable[[], str], error: Refused
) -> None:
    first, late = trigger(), trigger()

    opened = slack.views_open(trigger_id=first, view=modal())["view"]

    assert sandbox.get("views", user="U0ADA")["views"][0]["id"] == opened["id"]
    assert error("views.open", trigger_id=first, view=modal())["error"] == "exchanged_trigger_id"
    sandbox.post("clock", advance=4)
    assert error("views.open", trigger_id=late, view=modal())["error"] == "expired_trigger_id"
    assert error("views.open", trigger_id="1.2.3", view=modal())["error"] == "invalid_trigger_id"


def test_submission_carries_every_value(
    sandbox: Sandbox, app: App, slack: WebClient, trigger: Callable[[], str]
) -> None:
    severity = {
        "type": "input",
        "block_id": "severity",
        "label": plain("Severity"),
        "element": {
            "type": "static_select",
            "action_id": "value",
            "options": [option("major"), option("minor")],
            "initial_option": option("minor"),
        },
    }
    view = modal(text_input("title", initial_value="Checkout"), text_input("impact", optional=True), severity)
    opened = slack.views_open(trigger_id=trigger(), view={**view, "private_metadata": "{}"})["view"]

    sandbox.ada("view.submit", view_id=opened["id"], values={"impact": {"value": {"value": "all"}}})

    (payload,) = app.interactions("view_submission")
    values = payload["view"]["state"]["values"]
    assert values["title"]["value"] == {"type": "plain_text_input", "value": "Checkout"}
    assert values["impact"]["value"]["value"] == "all"
    assert values["severity"]["value"]["selected_option"]["value"] == "minor"
    assert payload["view"]["private_metadata"] == "{}"
    assert sandbox.get("views", user="U0ADA")["views"] == []


def test_missing_required_values_never_reach_the_app(
    sandbox: Sandbox, app: App, slack: WebClient, trigger: Callable[[], str]
) -> None:
    view = modal(text_input("title"), text_input("note", optional=True), text_input("short", max_length=3))
    opened = slack.views_open(trigger_id=trigger(), view=view)["view"]

    answer = sandbox.does("U0ADA", "view.submit", view_id=opened["id"], values={"short": {"value": {"value": "long"}}})

    assert set(answer["errors"]) == {"title", "short"}
    assert app.interactions("view_submission") == []


def test_app_refuses_a_field(sandbox: Sandbox, app: App, slack: WebClient, trigger: Callable[[], str]) -> None:
    opened = slack.views_open(trigger_id=trigger(), view=modal(text_input("title", initial_value="x")))["view"]
    app.answer = answers({"response_action": "errors", "errors": {"title": "Too short."}})

    answer = sandbox.does("U0ADA", "view.submit", view_id=opened["id"])

    assert answer["errors"] == {"title": "Too short."}
    assert len(sandbox.get("views", user="U0ADA")["views"]) == 1


def test_app_updates_pushes_and_clears(
    sandbox: Sandbox, app: App, slack: WebClient, trigger: Callable[[], str]
) -> None:
    def titles() -> list[str]:
        return [one["title"]["text"] for one in sandbox.get("views", user="U0ADA")["views"]]

    first = slack.views_open(trigger_id=trigger(), view=modal(text_input("title", initial_value="x")))["view"]
    app.answer = answers({"response_action": "update", "view": modal(title=plain("Second"), submit=plain("Go"))})
    sandbox.ada("view.submit", view_id=first["id"])
    assert titles() == ["Second"]
    pushed = modal(text_input("more", initial_value="y"), title=plain("Third"))
    app.answer = answers({"response_action": "push", "view": pushed})
    sandbox.ada("view.submit", view_id=first["id"], values={"title": {"value": {"value": "x"}}})
    assert titles() == ["Second", "Third"]
    top = sandbox.get("views", user="U0ADA")["views"][-1]
    assert top["root_view_id"] == first["id"]
    assert top["previous_view_id"] == first["id"]
    app.answer = answers({"response_action": "clear"})
    sandbox.ada("view.submit", view_id=top["id"])
    assert titles() == []


@pytest.mark.parametrize(
    "body",
    [
        {"response_action": "errors", "errors": {"no-such-block": "x"}},
        {"response_action": "errors", "errors": {}},
        {"response_action": "dance"},
        {"response_action": "update", "view": {"type": "modal"}},
    ],
)
def test_nonsense_answer_to_a_submission_is_told(
    sandbox: Sandbox, app: App, slack: WebClient, trigger: Callable[[], str], body: dict[str, Any]
) -> None:
    opened = slack.views_open(trigger_id=trigger(), view=modal(text_input("title", initial_value="x")))["view"]
    app.answer = answers(body)

    answer = sandbox.does("U0ADA", "view.submit", view_id=opened["id"])

    assert answer["error"] == "We had some trouble connecting. Try again?"
    assert sandbox.get("deliveries", kind="view_submission")["deliveries"][0]["problem"]


def test_views_update_keeps_what_was_typed_and_checks_the_hash(
    sandbox: Sandbox, app: App, slack: WebClient, trigger: Callable[[], str], error: Refused
) -> None:
    choice = {
        "type": "section",
        "block_id": "choice",
        "text": plain("Which?"),
        "accessory": {"type": "static_select", "action_id": "pick", "options": [option("red"), option("blue")]},
    }
    view = modal(text_input("title"), choice)
    opened = slack.views_open(trigger_id=trigger(), view=view)["view"]
    typed = {"title": {"value": {"value": "half"}}}
    sandbox.ada(
        "block.act",
        view_id=opened["id"],
        block_id="choice",
        action_id="pick",
        selected_option=option("red"),
        values=typed,
    )
    (payload,) = app.interactions("block_actions")
    assert payload["view"]["state"]["values"]["title"]["value"]["value"] == "half"
    assert payload["container"] == {"type": "view", "view_id": opened["id"]}
    assert "response_url" not in payload

    updated = slack.views_update(view_id=opened["id"], hash=opened["hash"], view=view)["view"]

    assert updated["state"]["values"]["title"]["value"]["value"] == "half"
    assert error("views.update", view_id=opened["id"], hash=opened["hash"], view=view)["error"] == "hash_conflict"
    assert error("views.update", view_id="V0NOTHING", view=view)["error"] == "not_found"


def test_stack_is_three_deep(
    sandbox: Sandbox, app: App, slack: WebClient, trigger: Callable[[], str], error: Refused
) -> None:
    slack.views_open(trigger_id=trigger(), view=modal())
    slack.views_push(trigger_id=trigger(), view=modal())
    slack.views_push(trigger_id=trigger(), view=modal())

    assert error("views.push", trigger_id=trigger(), view=modal())["error"] == "push_limit_reached"


def test_external_id_is_one_of_a_kind(slack: WebClient, trigger: Callable[[], str], error: Refused) -> None:
    slack.views_open(trigger_id=trigger(), view=modal(external_id="mine"))

    slack.views_update(external_id="mine", view=modal(external_id="mine"))

    answer = error("views.push", trigger_id=trigger(), view=modal(external_id="mine"))
    assert answer["error"] == "duplicate_external_id"


def test_closing_is_told_when_asked_for(
    sandbox: Sandbox, app: App, slack: WebClient, trigger: Callable[[], str]
) -> None:
    quiet = slack.views_open(trigger_id=trigger(), view=modal())["view"]
    sandbox.ada("view.close", view_id=quiet["id"])
    assert app.interactions("view_closed") == []
    loud = slack.views_open(trigger_id=trigger(), view=modal(notify_on_close=True))["view"]

    sandbox.ada("view.close", view_id=loud["id"])

    (payload,) = app.interactions("view_closed")
    assert payload["view"]["id"] == loud["id"]
    assert payload["is_cleared"] is False


def test_menu_asks_the_app_for_options(
    sandbox: Sandbox, app: App, slack: WebClient, trigger: Callable[[], str]
) -> None:
    menu = {
        "type": "input",
        "block_id": "service",
        "label": plain("Service"),
        "element": {"type": "external_select", "action_id": "pick", "min_query_length": 0},
    }
    opened = slack.views_open(trigger_id=trigger(), view=modal(menu))["view"]
    app.answer = answers({"options": [option("payments")]})

    found = sandbox.ada("options.load", view_id=opened["id"], block_id="service", action_id="pick", query="pay")

    assert found["options"][0]["value"] == "payments"
    (payload,) = app.interactions("block_suggestion")
    assert (payload["value"], payload["action_id"], payload["block_id"]) == ("pay", "pick", "service")


# Shortcuts and Home


def test_shortcuts(sandbox: Sandbox, app: App) -> None:
    manifest = sandbox.get("manifest")["manifest"]
    manifest["features"]["shortcuts"] = [
        {"name": "Report", "type": "message", "callback_id": "report", "description": "x"},
        {"name": "Declare", "type": "global", "callback_id": "declare", "description": "x"},
    ]
    sandbox.post("manifest", manifest=manifest)
    ts = sandbox.ada("message.send", channel="C0GENERAL", text="odd")["ts"]

    sandbox.ada("shortcut.run", callback_id="report", channel="C0GENERAL", ts=ts)
    sandbox.ada("shortcut.run", callback_id="declare")

    (on_message,) = app.interactions("message_action")
    (anywhere,) = app.interactions("shortcut")
    assert on_message["message"]["text"] == "odd"
    assert on_message["channel"]["id"] == "C0GENERAL"
    assert on_message["response_url"]
    assert anywhere["trigger_id"]
    assert "channel" not in anywhere


def test_home_tab_is_published_for_one_person(sandbox: Sandbox, app: App, slack: WebClient, error: Refused) -> None:
    home = {"type": "home", "blocks": [{"type": "section", "text": plain("Welcome")}]}
    sandbox.ada("home.open")
    sandbox.settle()
    assert app.events("app_home_opened")[0]["tab"] == "home"

    view = slack.views_publish(user_id="U0ADA", view=home)["view"]

    assert sandbox.ada("home.open")["view"]["id"] == view["id"]
    assert sandbox.does("U0GRACE", "home.open")["view"] is None
    stale = error("views.publish", user_id="U0ADA", view=home, hash="1.stale")
    assert stale["error"] == "hash_conflict"


def test_dialog_slack_would_refuse_is_refused(slack: WebClient, trigger: Callable[[], str]) -> None:
    with pytest.raises(SlackApiError) as refused:
        slack.views_open(trigger_id=trigger(), view=modal(title=plain("x" * 25)))

    answer = refused.value.response
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]
