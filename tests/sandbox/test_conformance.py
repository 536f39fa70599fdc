"""Each method against Slack's published reference: arguments, scopes, errors, outputs."""

import asyncio
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
from sandbox.errata import NOT_REQUIRED
from sandbox.web_api import HANDLERS
from tests.sandbox.conftest import SIGNING_SECRET, TOKEN, Answer, App, Received, Sandbox

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


def test_errata_name_real_methods() -> None:
    assert set(NOT_REQUIRED) <= set(METHODS)


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
