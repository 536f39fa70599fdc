"""A small HTTP server that stands for whatever a plugin talks to."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any


@dataclass(frozen=True)
class Asked:
    """One request that it got. `key` is its `Idempotency-Key`, `body` its JSON."""

    method: str
    path: str
    key: str
    body: Any
    headers: Mapping[str, str]


class OtherSystem(HTTPServer):
    """It keeps what it was `asked`, and gives the `answers` in turn; then it takes everything.

    An answer is an HTTP status, or a status with a body: a text as it is, anything else as JSON.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.asked: list[Asked] = []
        self.answers: list[int | tuple[int, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Requests(BaseHTTPRequestHandler):
    server: OtherSystem

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        key = str(self.headers.get("Idempotency-Key") or "")
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.asked.append(Asked(self.command, self.path, key, _json(body), headers))
        answer = self.server.answers.pop(0) if self.server.answers else 202
        status, said = answer if isinstance(answer, tuple) else (answer, "")
        text = said if isinstance(said, str) else json.dumps(said)
        self.send_response(status)
        if text:
            self.send_header("Content-Type", "text/plain" if isinstance(said, str) else "application/json")
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(text.encode())

    do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 — their names are http.server's

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def _json(body: bytes) -> Any:
    """Return what was sent as JSON, or as a text when it is none."""
    try:
        return json.loads(body or b"null")
    except ValueError:
        return body.decode(errors="replace")


@contextmanager
def running_other_system() -> Iterator[OtherSystem]:
    with OtherSystem() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()
