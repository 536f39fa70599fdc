"""A small HTTP server that stands for whatever a plugin talks to."""

from __future__ import annotations

import json
from collections.abc import Iterator
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


class OtherSystem(HTTPServer):
    """It keeps what it was `asked`, and says the `answers` (HTTP statuses) in turn; then it takes everything."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.asked: list[Asked] = []
        self.answers: list[int] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Requests(BaseHTTPRequestHandler):
    server: OtherSystem

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        key = str(self.headers.get("Idempotency-Key") or "")
        self.server.asked.append(Asked(self.command, self.path, key, json.loads(body or b"null")))
        self.send_response(self.server.answers.pop(0) if self.server.answers else 202)
        self.end_headers()

    do_GET = do_PUT = do_PATCH = do_DELETE = do_POST  # noqa: N815 — their names are http.server's

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@contextmanager
def running_other_system() -> Iterator[OtherSystem]:
    with OtherSystem() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield server
        server.shutdown()
