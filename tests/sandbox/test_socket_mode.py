import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.socket_mode import SocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.socket_mode.response import SocketModeResponse

from tests.sandbox.conftest import App, Sandbox

Answering = Callable[[SocketModeRequest], dict[str, Any] | None]


class SocketApp:
    """An app on Socket Mode that remembers what it got."""

    def __init__(self, client: SocketModeClient) -> None:
        self.received: list[SocketModeRequest] = []
        self.answer: Answering = lambda request: None
        self.ignored = 0
        self.hello = threading.Event()
        self.client = client
        client.message_listeners.append(self._hear)
        client.socket_mode_request_listeners.append(self._handle)

    def _hear(self, client: Any, message: dict[str, Any], raw: str | None) -> None:
        if message.get("type") == "hello":
            self.hello.set()

    def _handle(self, client: Any, request: SocketModeRequest) -> None:
        self.received.append(request)
        if len(self.received) > self.ignored:
            payload = self.answer(request)
            client.send_socket_mode_response(SocketModeResponse(envelope_id=request.envelope_id, payload=payload))

    def events(self) -> list[str]:
        return [one.payload["event"]["type"] for one in self.received if one.type == "events_api"]


@pytest.fixture
def socket_app(sandbox: Sandbox, app: App) -> Iterator[SocketApp]:
    client = SocketModeClient(
        app_token="xapp-sandbox-token",
        web_client=WebClient(token="xoxb-sandbox-token", base_url=f"{sandbox.url}api/"),
        ping_interval=30,
    )
    socket_app = SocketApp(client)
    client.connect()
    assert socket_app.hello.wait(5)
    yield socket_app
    client.auto_reconnect_enabled = False
    sandbox.post("socket", reason="dropped")
    client.close()


def test_all_goes_through_the_line(sandbox: Sandbox, app: App, socket_app: SocketApp) -> None:
    socket_app.answer = lambda request: {"text": "On it."} if request.type == "slash_commands" else None

    sandbox.ada("message.send", channel="C0GENERAL", text="/incident x")
    sandbox.ada("message.send", channel="C0INCIDENTS", text="hey @incident")

    sandbox.settle()
    assert socket_app.events() == ["message", "app_mention"]
    assert sandbox.messages("general")[-1]["text"] == "On it."
    command = socket_app.received[0]
    assert command.payload["command"] == "/incident"
    assert command.accepts_response_payload is True
    assert app.received == []


def test_event_that_is_not_acknowledged_comes_again(sandbox: Sandbox, socket_app: SocketApp) -> None:
    sandbox.post("faults", patience=0.3)
    socket_app.ignored = 1

    sandbox.ada("message.send", channel="C0INCIDENTS", text="hey")

    sandbox.settle(timeout=10)
    first, second = socket_app.received
    assert (first.retry_attempt, second.retry_attempt) == (0, 1)
    assert second.retry_reason == "http_timeout"
    assert second.payload["event_id"] == first.payload["event_id"]


def test_line_comes_back_after_a_refresh(sandbox: Sandbox, socket_app: SocketApp) -> None:
    socket_app.hello.clear()

    sandbox.post("socket", reason="refresh_requested")

    assert socket_app.hello.wait(15)
    sandbox.ada("message.send", channel="C0INCIDENTS", text="still there?")
    sandbox.settle()
    assert socket_app.events() == ["message"]


def test_bot_token_opens_no_line(sandbox: Sandbox) -> None:
    answer = sandbox.http.post(
        "api/apps.connections.open", headers={"Authorization": "Bearer xoxb-sandbox-token"}
    ).json()

    assert answer["error"] == "not_allowed_token_type"
