"""One address for several web processes: requests go to each in turn, as a load balancer sends them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import httpx

HOP_BY_HOP: Final = (
    "connection",
    "keep-alive",
    "transfer-encoding",
    "content-length",
    "accept-encoding",
    "server",
    "date",
)


class Balancer:
    """Holds the addresses that take part, and how many of Slack's requests each has answered."""

    def __init__(self, port: int) -> None:
        self.served: Counter[str] = Counter()
        self._addresses: list[str] = []
        self._lock = threading.Lock()
        self._client = httpx.Client(timeout=60)
        handler = type("Handler", (_Handler,), {"balancer": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", port), handler)
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def add(self, address: str) -> None:
        with self._lock:
            self._addresses.append(address)

    def remove(self, address: str) -> None:
        with self._lock:
            self._addresses.remove(address)

    @contextmanager
    def only(self, address: str) -> Iterator[None]:
        """Send everything to this one for a moment."""
        with self._lock:
            everybody, self._addresses = self._addresses, [address]
        yield
        with self._lock:
            self._addresses = everybody

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._client.close()

    def forward(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> httpx.Response | None:
        """Ask the next one; None when nobody is there, or it broke off."""
        for address in self._in_turn():
            try:
                answer = self._client.request(method, f"{address}{path}", headers=headers, content=body)
            except httpx.ConnectError:
                continue
            except httpx.TransportError:
                return None
            if path == "/slack/events":
                self.served[address] += 1
            return answer
        return None

    def _in_turn(self) -> list[str]:
        with self._lock:
            self._addresses = self._addresses[1:] + self._addresses[:1]
            return list(self._addresses)


class _Handler(BaseHTTPRequestHandler):
    balancer: Balancer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._forward()

    def do_POST(self) -> None:
        self._forward()

    def _forward(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = [(name, value) for name, value in self.headers.items() if name.lower() not in HOP_BY_HOP]
        headers.append(("Accept-Encoding", "identity"))
        answer = self.balancer.forward(self.command, self.path, headers, body)
        content = answer.content if answer is not None else b"nobody is there\n"
        self.send_response(answer.status_code if answer is not None else 502)
        for name, value in answer.headers.multi_items() if answer is not None else ():
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Say nothing."""
