"""What gunicorn cannot read as a request never reaches Django, and is refused in the API's shape as well."""

from __future__ import annotations

import json
import socket

from tests.response.deployment.test_slow_clients import Web, start_web, web  # noqa: F401 - fixtures

HEAD = b"Host: localhost\r\n\r\n"


CASES: list[tuple[bytes, int, str]] = [
    (b"GET /api/v1/incidents?q=" + b"x" * 9000 + b" HTTP/1.1\r\n" + HEAD, 414, "The address is too long."),
    (b"GET /api/v1/me HTTP/1.1\r\nX-Long: " + b"x" * 9000 + b"\r\n" + HEAD, 431, "The headers are too long."),
    (b"GET /api/v1/me HTTP/1.1\r\nBad Header: x\r\n" + HEAD, 400, "Response couldn't read this HTTP request"),
    (b"GET /api/v1/me HTTP/9.9\r\n" + HEAD, 400, "Response couldn't read this HTTP request"),
    (b"nonsense\r\n\r\n", 400, "Response couldn't read this HTTP request"),
    (b"GET /api/v1/me HTTP/1.1\r\nHost: elsewhere.example.com\r\n\r\n", 400, "Response doesn't accept this host name."),
    (b"GET /api/v1/me HTTP/1.1\r\nAuthorization: \xff\xfe\r\n" + HEAD, 401, "Send a valid token"),
    (b"GET /api/v1/nothing HTTP/1.1\r\n" + HEAD, 404, "Nothing exists at this address."),
    (b"GET /api/ HTTP/1.1\r\n" + HEAD, 404, "Nothing exists at this address."),
    (b"PUT /api/v1/me HTTP/1.1\r\n" + HEAD, 405, "This address accepts GET or HEAD."),
]


def test_what_is_no_request_is_refused_in_json(web: Web) -> None:  # noqa: F811
    for request, status, sentence in CASES:
        with socket.create_connection(("127.0.0.1", web.port), timeout=10) as client:
            client.sendall(request)
            client.shutdown(socket.SHUT_WR)
            answer = b"".join(iter(lambda: client.recv(65536), b""))

        head, _, body = answer.partition(b"\r\n\r\n")
        assert head.startswith(f"HTTP/1.1 {status} ".encode()), answer
        assert b"content-type: application/json" in head.lower()
        assert list(json.loads(body)) == ["error"]
        assert sentence in json.loads(body)["error"]
