"""Each method against Slack's published reference: arguments, scopes, errors, outputs."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from slack_bolt import Ack, BoltRequest, Respond, Say
from slack_bolt import App as BoltApp
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.api_door import APP_TOKEN_METHODS, NO_TOKEN_NEEDED, USER_TOKEN_METHODS
from sandbox.arguments import METHODS
from sandbox.errata import EVERYWHERE_ARGUMENTS, MORE_ERRORS
from sandbox.reference import build
from sandbox.web_api import HANDLERS
from tests.sandbox.conftest import ROOT, SIGNING_SECRET, TOKEN, Answer, App, Received, Sandbox

PUBLISHED: dict[str, Any] = json.loads((ROOT / "sandbox/reference/methods.json").read_text("utf-8"))
SOURCES = [path for path in (ROOT / "sandbox").rglob("*.py") if path.name != "errata.py"]
REFERENCE = ROOT.parent / "shared/slack-reference/methods"

Refused = Callable[..., dict[str, Any]]

METHODS_WITH_TOKEN = sorted(set(METHODS) - NO_TOKEN_NEEDED - APP_TOKEN_METHODS - USER_TOKEN_METHODS)
# Something of the right type for every required argument.
SOMETHING: dict[str, Any] = {"types": "public_channel", "post_at": "2000000000", "length": "5"}


def something_for(method: str) -> dict[str, str]:
    return {name: SOMETHING.get(name, "[]") for name, rules in METHODS[method].args.items() if rules.get("required")}


def test_every_published_method_is_answered() -> None:
    assert set(METHODS) == set(HANDLERS)


@pytest.mark.parametrize("method", METHODS_WITH_TOKEN)
def test_method_takes_no_unknown_argument(method: str, error: Refused) -> None:
    answer = error(method, **something_for(method), no_such_argument="x")

    assert answer["error"] == "invalid_arguments"
    assert "[ERROR] unsupported field: no_such_argument" in answer["response_metadata"]["messages"]


@pytest.mark.parametrize("method", [one for one in METHODS_WITH_TOKEN if something_for(one)])
def test_method_names_every_missing_argument(method: str, error: Refused) -> None:
    answer = error(method)

    missing = {f"[ERROR] missing required field: {name}" for name in something_for(method)}
    assert answer["error"] == "invalid_arguments"
    assert set(answer["response_metadata"]["messages"]) == missing


@pytest.mark.parametrize("method", METHODS_WITH_TOKEN)
def test_method_keeps_the_published_rules_of_its_arguments(method: str, error: Refused) -> None:
    for name, rules in METHODS[method].args.items():
        wrong = None
        if "enum" in rules:
            wrong = "no-such-word"
        elif rules.get("maxLength"):
            wrong = "x" * (rules["maxLength"] + 1)
        elif rules["types"] in (["boolean"], ["integer"], ["number"]):
            wrong = "perhaps"
        if wrong is not None and name not in ("blocks", "message", "view"):
            answer = error(method, **{**something_for(method), name: wrong})
            assert answer["error"] == "invalid_arguments", name
            assert f"[json-pointer:/{name}]" in str(answer["response_metadata"]["messages"])


@pytest.mark.parametrize("method", [one for one in METHODS_WITH_TOKEN if METHODS[one].scopes])
def test_method_needs_its_scope(method: str, sandbox: Sandbox, error: Refused) -> None:
    manifest = sandbox.get("manifest")["manifest"]
    manifest["oauth_config"]["scopes"]["bot"] = ["commands"]
    sandbox.post("manifest", manifest=manifest)

    answer = error(method, **something_for(method))

    assert answer["error"] == "missing_scope"
    assert answer["needed"] == ",".join(METHODS[method].scopes)
    assert answer["provided"] == "commands"


def test_scope_is_that_of_the_channels_kind(sandbox: Sandbox, slack: WebClient, error: Refused) -> None:
    private = slack.conversations_create(name="secret", is_private=True)["channel"]["id"]
    manifest = sandbox.get("manifest")["manifest"]
    manifest["oauth_config"]["scopes"]["bot"].remove("groups:history")
    sandbox.post("manifest", manifest=manifest)

    slack.conversations_history(channel="C0INCIDENTS")

    assert error("conversations.history", channel=private)["needed"] == "groups:history"


@pytest.mark.parametrize(
    ("method", "code"), [(method, code) for method, codes in MORE_ERRORS.items() for code in codes]
)
def test_erratum_is_still_needed_and_has_a_source(method: str, code: str) -> None:
    why, like = MORE_ERRORS[method][code]

    assert why.endswith(".")
    assert code not in PUBLISHED[method]["errors"], "Slack's reference says so itself by now"
    assert code in PUBLISHED[like]["errors"]
    assert any(f'"{code}"' in path.read_text("utf-8") for path in SOURCES), "the sandbox never answers it"


@pytest.mark.parametrize("argument", EVERYWHERE_ARGUMENTS)
def test_argument_of_every_method_is_not_published_for_every_method(argument: str) -> None:
    assert any(argument not in method["args"] for method in PUBLISHED.values())
    assert any(argument in method["args"] for method in PUBLISHED.values())


@pytest.mark.skipif(not REFERENCE.exists(), reason="Slack's reference is not beside this checkout")
def test_what_is_served_is_what_the_reference_beside_us_says() -> None:
    """No method is left out on purpose."""
    assert set(PUBLISHED) == {path.stem for path in REFERENCE.glob("*.json")}
    for path in REFERENCE.glob("*.json"):
        assert build.method(json.loads(path.read_text("utf-8"))) == PUBLISHED[path.stem]


TIERED = {"conversations.setTopic": 20, "conversations.invite": 50, "users.info": 100}


@pytest.mark.parametrize(("method", "a_minute"), TIERED.items())
def test_one_call_more_than_the_tier_allows_is_refused(
    sandbox: Sandbox, slack: WebClient, method: str, a_minute: int
) -> None:
    def refusal() -> SlackApiError:
        with pytest.raises(SlackApiError) as refused:
            slack.api_call(method, params=something_for(method))
        return refused.value

    refused = [refusal() for _ in range(a_minute)]
    limited = refusal().response

    assert "ratelimited" not in {one.response["error"] for one in refused}
    assert (limited.status_code, limited["error"]) == (429, "ratelimited")
    assert 0 < int(limited.headers["Retry-After"]) <= 60
    # Another method has a count of its own, and a minute later this one starts anew.
    slack.api_call("conversations.info", params={"channel": "C0INCIDENTS"})
    sandbox.post("clock", advance=61)
    assert refusal().response["error"] != "ratelimited"


def test_a_21st_topic_in_a_minute_is_refused(sandbox: Sandbox, slack: WebClient, error: Refused) -> None:
    for number in range(20):
        slack.conversations_setTopic(channel="C0INCIDENTS", topic=str(number))

    assert error("conversations.setTopic", channel="C0INCIDENTS", topic="20")["error"] == "ratelimited"
    assert slack.conversations_info(channel="C0INCIDENTS")["channel"]["topic"]["value"] == "19"


def test_a_channel_takes_one_message_a_second_and_another_channel_its_own(
    sandbox: Sandbox, slack: WebClient, error: Refused
) -> None:
    sandbox.post("faults", enforce_rates="all")
    slack.conversations_join(channel="C0RANDOM")
    for number in range(5):
        slack.chat_postMessage(channel="C0INCIDENTS", text=str(number))

    assert error("chat.postMessage", channel="C0INCIDENTS", text="5")["error"] == "ratelimited"
    slack.chat_postMessage(channel="C0RANDOM", text="5")
    sandbox.post("clock", advance=2)
    slack.chat_postMessage(channel="C0INCIDENTS", text="6")


def test_unknown_method(slack: WebClient) -> None:
    with pytest.raises(SlackApiError, match="unknown_method"):
        slack.api_call("chat.shout")


async def _life(client: AsyncWebClient) -> list[str]:
    channel = (await client.conversations_create(name="async"))["channel"]["id"]
    for number in range(3):
        await client.chat_postMessage(channel=channel, text=str(number))
    texts: list[str] = []
    async for page in await client.conversations_history(channel=channel, limit=2):
        texts += [one["text"] for one in page["messages"]]
    return texts


def test_the_async_client_works(sandbox: Sandbox) -> None:
    texts = asyncio.run(_life(AsyncWebClient(token=TOKEN, base_url=f"{sandbox.url}api/")))

    assert texts == ["2", "1", "0", "<@U0RESPONSE> has joined the channel"]


def bolt_app(slack: WebClient) -> BoltApp:
    """An app as its authors write them."""
    app = BoltApp(client=slack, signing_secret=SIGNING_SECRET, process_before_response=True)

    @app.command("/incident")
    def declare(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack("On it.")
        title = {"type": "plain_text", "text": "Declare"}
        asking = {
            "type": "input",
            "block_id": "title",
            "label": title,
            "element": {"type": "plain_text_input", "action_id": "value", "initial_value": body["text"]},
        }
        view = {"type": "modal", "callback_id": "declare", "title": title, "submit": title, "blocks": [asking]}
        client.views_open(trigger_id=body["trigger_id"], view=view)

    @app.view("declare")
    def declared(ack: Ack, view: dict[str, Any], client: WebClient) -> None:
        ack()
        text = view["state"]["values"]["title"]["value"]["value"]
        press = {"type": "button", "action_id": "close", "text": {"type": "plain_text", "text": "Close"}}
        blocks = [{"type": "actions", "block_id": "buttons", "elements": [press]}]
        client.chat_postMessage(channel="incidents", text=text, blocks=blocks)

    @app.action("close")
    def close(ack: Ack, respond: Respond) -> None:
        ack()
        respond(text="Closed.", replace_original=True)

    @app.event("app_mention")
    def mentioned(event: dict[str, Any], say: Say) -> None:
        say(f"<@{event['user']}> yes?", thread_ts=event["ts"])

    @app.event("message")
    def heard() -> None:
        """Bolt wants somebody to listen."""

    return app


def test_an_app_made_with_bolt_lives_here(sandbox: Sandbox, app: App, slack: WebClient) -> None:
    bolt = bolt_app(slack)

    def dispatch(request: Received) -> Answer:
        response = bolt.dispatch(BoltRequest(body=request.body, headers=dict(request.headers)))
        return response.status, {name: values[0] for name, values in response.headers.items()}, response.body

    app.answer = dispatch
    sandbox.ada("message.send", channel="C0GENERAL", text="/incident Checkout is down")
    assert sandbox.messages("general")[-1]["text"] == "On it."
    (dialog,) = sandbox.get("views", user="U0ADA")["views"]
    sandbox.ada("view.submit", view_id=dialog["id"])
    headline = sandbox.messages("incidents")[-1]
    assert headline["text"] == "Checkout is down"
    sandbox.ada("block.act", channel="C0INCIDENTS", ts=headline["ts"], block_id="buttons", action_id="close")
    assert sandbox.messages("incidents")[-1]["text"] == "Closed."
    ts = sandbox.ada("message.send", channel="C0INCIDENTS", text="@incident hello")["ts"]
    sandbox.settle()
    assert sandbox.ada("thread", channel="C0INCIDENTS", ts=ts)["messages"][-1]["text"] == "<@U0ADA> yes?"
