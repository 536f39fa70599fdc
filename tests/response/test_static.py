"""Static files have names that change with their content, and answers are compressed."""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.templatetags.static import static
from django.test import Client, RequestFactory

from response.wsgi import application

ACCEPTED = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def _body(answer: object) -> bytes:
    return b"".join(answer.streaming_content) if getattr(answer, "streaming", False) else answer.content  # type: ignore[attr-defined]


@pytest.fixture
def addresses(client: Client, db: None) -> list[str]:
    """Return the static files of the login page."""
    return re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get("/login/").content.decode())


def test_files_of_a_page_have_the_hash_of_their_content_and_are_kept_for_good(
    client: Client, addresses: list[str]
) -> None:
    assert len(addresses) >= 5
    for address in addresses:
        answer = client.get(address)

        assert re.search(r"\.[0-9a-f]{12}\.(css|js|svg)$", address)
        assert answer.status_code == 200, address
        assert {"public", "immutable"} <= set(answer["Cache-Control"].split(", "))
        assert int(re.findall(r"max-age=(\d+)", answer["Cache-Control"])[0]) >= 365 * 24 * 60 * 60


def test_a_name_without_hash_and_one_of_another_version_are_kept_for_a_minute(
    client: Client, addresses: list[str]
) -> None:
    style = next(each for each in addresses if each.endswith(".css"))
    before = re.sub(r"[0-9a-f]{12}", "0123456789ab", style)

    for address in ("/static/ui/ui.css", before):
        answer = client.get(address)

        assert answer["Cache-Control"] == "max-age=60, public"
        assert _body(answer) == _body(client.get(style))
    assert client.get("/static/ui/nothing.0123456789ab.css").status_code in (302, 404)


def test_what_a_browser_takes_compressed_comes_compressed(client: Client, addresses: list[str]) -> None:
    script = next(each for each in addresses if "htmx" in each)
    for address in ("/login/", script):
        plain, small = _body(client.get(address)), client.get(address, headers=ACCEPTED)

        assert small["Content-Encoding"] == "gzip"
        assert "Accept-Encoding" in small["Vary"]
        body = _body(small)
        assert len(body) < len(plain) / 1.5
        if address == script:
            assert gzip.decompress(body) == plain


def test_a_part_of_a_file_is_sent_as_it_is(client: Client, addresses: list[str]) -> None:
    style = next(each for each in addresses if each.endswith(".css"))

    part = client.get(style, headers=ACCEPTED | {"Range": "bytes=0-9"})

    assert part.status_code == 206
    assert "Content-Encoding" not in part
    assert _body(part) == _body(client.get(style))[:10]


def test_the_same_page_never_has_the_same_length_nor_the_same_token(client: Client, db: None) -> None:
    """Whoever counts bytes must not learn a secret from them."""
    answers = [client.get("/login/", headers=ACCEPTED) for _ in range(20)]
    tokens = {re.findall(rb'csrfmiddlewaretoken" value="([^"]+)', gzip.decompress(each.content))[0] for each in answers}

    assert len({len(each.content) for each in answers}) > 5
    assert len(tokens) == 20


def test_a_file_that_no_app_has_keeps_its_name() -> None:
    assert static("nobody/has.css") == "/static/nobody/has.css"


class Server:
    """Hands requests to what gunicorn runs. Unlike Django's test client it shows bodies that must not be sent."""

    def asks(self, method: str, address: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        named = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        environ = RequestFactory().generic(method, address).environ | named
        begun: list[Any] = []

        def start_response(status: str, headers: Any, error: Any = None) -> Callable[[bytes], None]:
            begun.extend((status, dict(headers)))
            return lambda written: None

        answer: Any = application(environ, start_response)
        body = b"".join(answer)
        answer.close()
        status, sent = begun
        return int(status[:3]), sent, body


@pytest.fixture
def server(addresses: list[str]) -> Iterator[Server]:
    """The connection to the database belongs to the test: no request may close it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield Server()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.parametrize("accepted", ["gzip", "identity"])
def test_what_has_no_body_is_sent_without_one(server: Server, addresses: list[str], accepted: str) -> None:
    style = next(each for each in addresses if each.endswith(".css"))
    for address in (style, "/login/", "/healthz", "/api/v1/openapi.json", "/api/v1/nothing", "/nothing/"):
        status, headers, body = server.asks("GET", address, accept_encoding=accepted)
        assert body, address

        without = server.asks("HEAD", address, accept_encoding=accepted)

        assert without[0] == status, address
        assert without[2] == b"", address
        assert "Content-Encoding" not in without[1], address
        if accepted == "identity":
            assert without[1].get("Content-Length") == headers.get("Content-Length"), address
        else:
            assert "Content-Length" not in without[1] or without[1]["Content-Length"] == str(len(body)), address

    _, headers, _ = server.asks("GET", style)
    for method in ("GET", "HEAD"):
        status, same, body = server.asks(method, style, accept_encoding=accepted, if_none_match=headers["ETag"])
        assert (status, body) == (304, b"")
        assert "Content-Encoding" not in same
