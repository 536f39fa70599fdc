"""One sandbox process and one app server for all tests here; each test starts on the workspace's first day."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.arguments import METHODS
from sandbox.errata import COMMON_ERRORS
from tests.sandbox.counts import SEEN

TOKEN = "xoxb-sandbox-token"
SIGNING_SECRET = "sandbox-signing-secret"
ROOT = Path(__file__).parents[2]


@dataclass
class Received:
    """A request that the app got from the sandbox."""

    headers: dict[str, str]
    body: str

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body, keep_blank_values=True).items()}

    @property
    def payload(self) -> dict[str, Any]:
        """The JSON in it, wherever it is."""
        text = self.body if self.body.startswith("{") else self.form["payload"]
        payload: dict[str, Any] = json.loads(text)
        return payload

    @property
    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = self.payload.get("event", {})
        return event


Answer = tuple[int, dict[str, str], str]


def ok(request: Received) -> Answer:
    return 200, {}, ""


def answers(body: object, status: int = 200) -> Callable[[Received], Answer]:
    return lambda request: (status, {"Content-Type": "application/json"}, json.dumps(body))


@dataclass
class App:
    """A Slack app that remembers what it got, and answers what the test wants."""

    received: list[Received] = field(default_factory=list)
    answer: Callable[[Received], Answer] = ok
    url: str = ""

    def events(self, type_: str) -> list[dict[str, Any]]:
        return [one.event for one in self.received if one.body.startswith("{") and one.event["type"] == type_]

    def interactions(self, type_: str) -> list[dict[str, Any]]:
        return [one.payload for one in self.received if "payload=" in one.body and one.payload["type"] == type_]


class Sandbox:
    """The sandbox as its callers see it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, timeout=20)

    def does(self, user: str, verb: str, **body: Any) -> dict[str, Any]:
        """Let a person do something, whatever comes of it."""
        answer: dict[str, Any] = self.http.post(f"client/{verb}", json={"user": user, **body}).json()
        return answer

    def ada(self, verb: str, **body: Any) -> dict[str, Any]:
        """Let Ada do something that must work."""
        answer = self.does("U0ADA", verb, **body)
        assert answer["ok"], answer
        return answer

    def get(self, verb: str, **query: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.get(f"sandbox/{verb}", params=query).json()
        assert answer["ok"], answer
        return answer

    def post(self, verb: str, **body: Any) -> dict[str, Any]:
        answer: dict[str, Any] = self.http.post(f"sandbox/{verb}", json=body).json()
        assert answer["ok"], answer
        return answer

    def settle(self, **body: Any) -> dict[str, Any]:
        return self.post("settle", **body)

    def messages(self, channel: str, user: str = "U0ADA") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.get("messages", channel=channel, user=user)["messages"]
        return found


def start_sandbox(*arguments: str) -> tuple[subprocess.Popen[str], str]:
    """Start the real program on a free port; return it and its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "sandbox", "--port", "0", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    found = re.search(r"http://\S+", process.stdout.readline())
    assert found, "the sandbox did not say where it listens"
    return process, found.group()


def stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(10)
    if process.stdout:
        process.stdout.close()


def _app_server(app: App) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            request = Received(dict(self.headers), body)
            app.received.append(request)
            status, headers, text = app.answer(request)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
            """Say nothing."""

    return ThreadingHTTPServer(("127.0.0.1", 0), Handler)


@contextmanager
def app_server(app: App) -> Iterator[None]:
    """Let the app listen, at its `url`."""
    server = _app_server(app)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    app.url = f"http://127.0.0.1:{server.server_port}/slack/events"
    yield
    server.shutdown()


@pytest.fixture(scope="session")
def app_and_process() -> Iterator[tuple[App, Sandbox]]:
    app = App()
    with app_server(app):
        process, url = start_sandbox("--app-url", app.url)
        sandbox = Sandbox(url)
        yield app, sandbox
        sandbox.http.close()
        stop(process)


@pytest.fixture
def sandbox(app_and_process: tuple[App, Sandbox]) -> Iterator[Sandbox]:
    app, sandbox = app_and_process
    sandbox.post("reset")
    app.received.clear()
    app.answer = ok
    yield sandbox
    for call in sandbox.get("calls", limit=5000)["calls"]:
        check_answer(call)


def check_answer(call: dict[str, Any]) -> None:
    """Hold an answer of the sandbox against the published reference: its error code, or its required outputs."""
    method = METHODS.get(call["method"])
    if method is None or call["fault"]:
        return
    if call["ok"]:
        SEEN["methods"].add(method.name)
        missing = [name for name in method.outputs if name not in call["answer"]]
        assert not missing, f"{method.name} must answer with {missing}"
    else:
        SEEN["error codes"].add(f"{method.name} {call['error']}")
        assert call["error"] in method.errors | COMMON_ERRORS, f"{method.name} never answers {call['error']}"
    SEEN["arguments"].update(f"{method.name} {name}" for name in call["args"])


@pytest.fixture
def app(app_and_process: tuple[App, Sandbox], sandbox: Sandbox) -> App:
    return app_and_process[0]


@pytest.fixture
def slack(sandbox: Sandbox) -> WebClient:
    return WebClient(token=TOKEN, base_url=f"{sandbox.url}api/", retry_handlers=[])


@pytest.fixture
def error(slack: WebClient) -> Callable[..., dict[str, Any]]:
    """A call that Slack refuses: gives the answer's body."""

    def call(method: str, **arguments: Any) -> dict[str, Any]:
        form = {name: json.dumps(one) if isinstance(one, dict | list) else one for name, one in arguments.items()}
        with pytest.raises(SlackApiError) as refused:
            slack.api_call(method, params=form)
        answer: dict[str, Any] = refused.value.response.data
        return answer

    return call
