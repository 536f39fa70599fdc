"""A small Slack app for behind the sandbox: it answers what a test told it to, and remembers what it was sent."""

from __future__ import annotations

import json
import threading
import time
import urllib.request
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

Payload = dict[str, Any]
Answer = Callable[[Payload], Payload | None]

PATIENCE = 5.0


class PretendApp:
    """Answers Slack's requests; `on["view_submission"] = …` decides how, nothing means 200 and an empty body."""

    def __init__(self) -> None:
        self.on: dict[str, Answer] = {}
        self.heard: list[tuple[str, Payload]] = []
        self.api_url = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/slack/events"

    @property
    def silent_url(self) -> str:
        """An address that takes requests and never answers."""
        return f"{self.url}/silent"

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def forget(self) -> None:
        self.on = {}
        self.heard = []

    def call(self, method: str, **arguments: Any) -> Payload:
        """Call the sandbox's Web API, and fail when it refuses."""
        request = urllib.request.Request(
            f"{self.api_url}{method}",
            data=json.dumps(arguments).encode(),
            headers={"Content-Type": "application/json; charset=utf-8", "Authorization": "Bearer xoxb-sandbox-token"},
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            answer: Payload = json.load(response)
        assert answer["ok"], answer
        return answer

    def download(self, url: str) -> bytes:
        """Fetch a file as an app does, with its token."""
        request = urllib.request.Request(url, headers={"Authorization": "Bearer xoxb-sandbox-token"})
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            content: bytes = response.read()
        return content

    def wait_for(self, kind: str) -> Payload:
        """Return the latest request of this kind, waiting for it when it has not come yet."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            found = [payload for heard, payload in self.heard if heard == kind]
            if found:
                return found[-1]
            time.sleep(0.01)
        raise AssertionError(f"No {kind} came, only {[heard for heard, _ in self.heard]}")

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                if self.path.endswith("/silent"):
                    # Until the other side hangs up.
                    self.rfile.read()
                    return
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                kind, payload = _read(self.headers["Content-Type"], body)
                app.heard.append((kind, payload))
                answer = app.on[kind](payload) if kind in app.on else None
                content = json.dumps(answer).encode() if answer is not None else b""
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                """Say nothing."""

        return Handler


def _read(content_type: str, body: str) -> tuple[str, Payload]:
    """Return what kind of request it is, as `/incident`, `block_actions` or `app_mention`, and its payload."""
    if content_type.startswith("application/json"):
        envelope: Payload = json.loads(body)
        return envelope["event"]["type"], envelope
    form = {name: values[0] for name, values in parse_qs(body, keep_blank_values=True).items()}
    if "payload" in form:
        payload: Payload = json.loads(form["payload"])
        return payload["type"], payload
    return form["command"], form
