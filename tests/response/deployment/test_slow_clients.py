"""Whatever other clients do with their connections, Slack's requests are answered at once, by `manage.py up` alone."""

from __future__ import annotations

import hashlib
import hmac
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil
import pytest

from response.web_worker import UNFINISHED
from tests.faults.engines import until
from tests.response.conftest import ROOT, bare_environment, get

SECRET: Final = "slow-clients"
SLACK_WAITS: Final = 3.0  # seconds
HEAD: Final = b"POST /slack/events HTTP/1.1\r\nHost: localhost\r\n"
PAGE: Final = b"GET /static/ui/vendor/htmx-2.0.11.min.js HTTP/1.1\r\nHost: localhost\r\n\r\n"
# What each of many clients sends, and how many of them there are. Then they neither read nor close.
CLIENTS: Final[dict[str, tuple[int, bytes]]] = {
    "nothing": (200, b""),
    "40 half heads": (40, HEAD + b"X-Slack-"),
    "400 half heads": (400, HEAD + b"X-Slack-"),
    "2000 half heads": (2000, HEAD + b"X-Slack-"),
    "half a body": (200, HEAD + b"Content-Length: 500\r\n\r\npayload="),
    "half a chunk": (200, HEAD + b"Transfer-Encoding: chunked\r\n\r\n40\r\npay"),
    "a chunk that looks like the last": (200, HEAD + b"Transfer-Encoding: chunked\r\n\r\n40\r\n0\r\n\r\n"),
    "half a chunk's size": (200, HEAD + b"Transfer-Encoding: chunked\r\n\r\n4"),
    "a trailer that never ends": (200, HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-A: b\r\n"),
    "a chunk's size that is none": (200, HEAD + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n"),
    "a length and chunks": (200, HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0"),
    "two lengths": (200, HEAD + b"Content-Length: 500\r\nContent-Length: 5\r\n\r\npay"),
    "a length that is none": (200, HEAD + b"Content-Length: +5\r\n\r\npay"),
    "a huge length": (200, HEAD + b"Content-Length: " + b"9" * 30 + b"\r\n\r\npay"),
    "a body that is too long": (200, HEAD + b"Content-Length: 50000000\r\n\r\npay"),
    "an unknown encoding": (200, HEAD + b"Transfer-Encoding: gzip\r\n\r\npay"),
    "a wish to continue": (200, HEAD + b"Expect: 100-continue\r\nContent-Length: 500\r\n\r\n"),
    "one request and a half": (200, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /he"),
    "a request, and then idle": (200, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "a request, and then idle, 1500 times": (1500, b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"),
    "the last request, without closing": (
        200,
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    ),
    "nonsense, without closing": (200, b"\x16\x03\x01\r\n\r\n"),
    "pages that nobody reads": (60, PAGE * 100),
}


def _answers(port: int) -> bool:
    try:
        return get(port, "/healthz")[0] == 200
    except OSError:
        return False


@dataclass
class Web:
    port: int
    process: subprocess.Popen[bytes]

    def connect(self, *, receive_buffer: int = 0) -> socket.socket:
        client = socket.socket()
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(15)
        client.connect(("127.0.0.1", self.port))
        return client

    def ask(self, request: bytes) -> bytes:
        """Send a request as it is, and return everything that is answered until the connection is closed."""
        with self.connect() as client:
            client.sendall(request)
            return _everything(client)

    def answers_slack(self) -> None:
        start = time.monotonic()
        assert self.ask(signed_request()).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - start < SLACK_WAITS


def _everything(client: socket.socket) -> bytes:
    parts = []
    while part := client.recv(65536):
        parts.append(part)
    return b"".join(parts)


@pytest.fixture(scope="module")
def start_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Web]]:
    """Return what runs gunicorn as `manage.py up` does, with one worker."""
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("slow")

        def begin() -> Web:
            with socket.socket() as unused:
                unused.bind(("127.0.0.1", 0))
                port = unused.getsockname()[1]
            given = {"DATA_DIR": str(folder), "PORT": str(port), "SLACK_SIGNING_SECRET": SECRET}
            given |= {"SLACK_BOT_TOKEN": "xoxb-1", "SLACK_API_URL": "http://127.0.0.1:9/api/"}
            environment = bare_environment(**given, SITE_URL="http://localhost", SECRET_KEY="slow-clients-" * 5)
            manage = [sys.executable, str(ROOT / "manage.py"), "migrate", "-v", "0"]
            subprocess.run(manage, env=environment, cwd=ROOT, check=True)
            command = [sys.executable, "-m", "gunicorn", "--config", "response/gunicorn_conf.py", "response.wsgi"]
            log = stack.enter_context((folder / f"{port}.log").open("wb"))
            process = subprocess.Popen(command, env=environment, cwd=ROOT, stderr=log)
            stack.callback(_end, process, folder / f"{port}.log")
            until(lambda: _answers(port), "gunicorn answers")
            return Web(port, process)

        yield begin


def _end(process: subprocess.Popen[bytes], log: Path) -> None:
    process.terminate()
    process.wait(20)
    written = log.read_text(encoding="utf-8")
    assert "Traceback" not in written, written[-4000:]


@pytest.fixture(scope="module")
def web(start_web: Callable[[], Web]) -> Web:
    return start_web()


def signed_request(secret: str = SECRET) -> bytes:
    body, at = b'{"type": "url_verification", "challenge": "abc"}', str(int(time.time()))
    signature = hmac.new(secret.encode(), f"v0:{at}:".encode() + body, hashlib.sha256).hexdigest()
    head = (
        f"POST /slack/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nX-Slack-Request-Timestamp: {at}\r\nX-Slack-Signature: v0={signature}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body


@pytest.mark.parametrize("what", CLIENTS)
def test_slack_is_answered_while_others_send(web: Web, what: str) -> None:
    number, sent = CLIENTS[what]
    with ExitStack() as stack:
        for _ in range(number):
            client = stack.enter_context(web.connect(receive_buffer=2048))
            client.setblocking(False)
            try:
                client.send(sent)
            except OSError:
                continue  # the oldest of too many is dropped
        if "idle" in what:
            client.settimeout(30)
            client.recv(1, socket.MSG_PEEK)  # until all are answered they are busy, not idle
        for _ in range(5):
            web.answers_slack()


def test_slack_is_answered_while_bodies_come_byte_by_byte(web: Web) -> None:
    with ExitStack() as stack:
        clients = [stack.enter_context(web.connect()) for _ in range(100)]
        for client in clients:
            client.sendall(HEAD + b"Content-Length: 500\r\n\r\n")
        for _ in range(4):
            for client in clients:
                client.sendall(b"x")
            web.answers_slack()
            time.sleep(0.5)


def test_a_request_in_small_pieces_is_served(web: Web) -> None:
    with web.connect() as slack:
        for piece in (signed_request()[at : at + 7] for at in range(0, len(signed_request()), 7)):
            slack.sendall(piece)

        assert slack.recv(4096).startswith(b"HTTP/1.1 200")


def test_a_client_that_reads_slowly_gets_its_whole_answer(web: Web) -> None:
    whole = web.ask(PAGE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    with web.connect(receive_buffer=2048) as client:
        client.sendall(PAGE * 20 + PAGE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        time.sleep(0.5)

        slowly = _everything(client)

    body = whole.partition(b"\r\n\r\n")[2]
    assert len(body) > 40_000
    assert slowly.count(body) == 21


def test_requests_one_after_the_other_are_answered_in_their_order(web: Web) -> None:
    chunked = b"POST /healthz HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    body = b"1\r\na\r\n3;ext=1\r\nbcd\r\n00005\r\n0\r\n\r\n\r\n0\r\nX-Trailer: 1\r\n\r\n"
    answers = web.ask(
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"
        + chunked
        + body
        + b"GET /nowhere/ HTTP/1.1\r\nHost: localhost\r\n\r\n"
        + signed_request()
    )

    assert [part[:3] for part in answers.split(b"HTTP/1.1 ")[1:]] == [b"200", b"403", b"404", b"200"]


def test_a_client_that_waits_for_100_is_told_to_continue_once(web: Web) -> None:
    head, _, body = signed_request().partition(b"\r\n\r\n")
    with web.connect() as client:
        client.sendall(head + b"\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"

        client.sendall(body)

        assert client.recv(4096).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("megabytes", [2, 20])
def test_a_client_that_sends_all_of_a_body_that_is_too_long_hears_why_not(web: Web, megabytes: int) -> None:
    size = megabytes * 1024 * 1024
    head = b"POST /login/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    head += b"Cookie: response_csrf=" + b"a" * 32 + b"\r\n"

    answer = web.ask(head + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % size + b"x" * size)

    assert answer.startswith(b"HTTP/1.1 413")
    assert b"larger than 1 MiB" in answer


REFUSED: Final = {
    "a length and chunks": b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
    "a length that is none": b"Content-Length: +5\r\n\r\nabcde",
    "a chunk's size that is none": b"Transfer-Encoding: chunked\r\n\r\nx\r\n\r\n",
    "chunked twice": b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
}


@pytest.mark.parametrize("what", REFUSED)
def test_nothing_behind_an_ambiguous_request_is_served(web: Web, what: str) -> None:
    hidden = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"

    answer = web.ask(b"POST /nowhere/ HTTP/1.1\r\nHost: localhost\r\n" + REFUSED[what] + hidden)

    assert b"\r\n\r\nok" not in answer


def test_a_client_who_is_dropped_while_it_sends_ends_no_worker(start_web: Callable[[], Web]) -> None:
    web = start_web()
    (worker,) = psutil.Process(web.process.pid).children()
    with ExitStack() as clients:
        crowd = [clients.enter_context(web.connect()) for _ in range(UNFINISHED)]
        for client in crowd:
            client.sendall(HEAD)
        until(lambda: len(worker.net_connections()) > UNFINISHED, "the worker has all of them")

        worker.suspend()  # so that it hears of both at once
        clients.enter_context(web.connect())  # for whom the oldest is dropped
        crowd[0].sendall(b"X-Slack-")
        worker.resume()

        web.answers_slack()
    assert [each.pid for each in psutil.Process(web.process.pid).children()] == [worker.pid]


def test_a_stop_waits_for_nobody_who_is_slow(start_web: Callable[[], Web]) -> None:
    web = start_web()
    with ExitStack() as stack:
        for number, sent in CLIENTS.values():
            for _ in range(min(number, 8)):
                client = stack.enter_context(web.connect(receive_buffer=2048))
                client.setblocking(False)
                client.send(sent)
        answers: list[bytes] = []
        last = threading.Thread(target=lambda: answers.append(web.ask(signed_request())))
        last.start()
        last.join(5)
        began = time.monotonic()

        os.kill(web.process.pid, signal.SIGTERM)

        assert web.process.wait(20) == 0
    assert time.monotonic() - began < 8
    assert answers[0].startswith(b"HTTP/1.1 200")
