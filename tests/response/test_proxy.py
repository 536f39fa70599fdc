"""The proxy of docker-compose.yml, with its own configuration, before two real web workers."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest

from tests.faults.engines import until
from tests.response.conftest import ROOT, bare_environment
from tests.response.deployment.test_slow_clients import HEAD, signed_request
from tests.response.test_compose import environment_of, order

pytestmark = pytest.mark.processes

SECRET: Final = "proxied"
# Clients have addresses of their own; the proxy reaches Response from 127.0.0.1.
SOMEBODY, ANOTHER, A_THIRD = "127.0.0.2", "127.0.0.3", "127.0.0.4"


@dataclass
class Deployment:
    port: int
    start_web: Callable[[], subprocess.Popen[bytes]]
    web: subprocess.Popen[bytes]

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, *, of: str = SOMEBODY, body: bytes = b""
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=50, source_address=(of, 0))
        try:
            connection.request(method, path, body or None, {"Host": "localhost", **(headers or {})})
            answer = connection.getresponse()
            return Answer(answer.status, answer.read(), {name.lower(): each for name, each in answer.getheaders()})
        finally:
            connection.close()

    def answers_slack(self) -> None:
        start = time.monotonic()
        with socket.create_connection(("127.0.0.1", self.port), 10, (ANOTHER, 0)) as slack:
            slack.sendall(signed_request(SECRET))
            assert slack.recv(4096).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - start < 3


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str]


def _free_ports(number: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(number)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]


def _is_open(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _start_proxy(folder: Path, *, address: str, web: int, http_port: int = 0) -> subprocess.Popen[bytes]:
    caddy = shutil.which("caddy")
    assert caddy, "These tests need Caddy: apt install caddy"
    text = (ROOT / "Caddyfile").read_text(encoding="utf-8")
    # Port 80, where it leads people to HTTPS, is not ours to take.
    text = text.replace("admin off\n", f"admin off\n\thttp_port {http_port}\n") if http_port else text
    (folder / "Caddyfile").write_text(text, encoding="utf-8")
    given = {
        "ADDRESS": address,
        "WEB": f"127.0.0.1:{web}",
        "XDG_DATA_HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    command = [caddy, "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    with (folder / "caddy.log").open("wb") as log:
        return subprocess.Popen(command, env=bare_environment(**given), stderr=log)


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    folder = tmp_path_factory.mktemp("proxy")
    proxy_port, web_port = _free_ports(2)
    server, name = os.environ["DATABASE_URL"], f"response_proxy_{os.getpid()}"
    order(server, f"CREATE DATABASE {name}")
    environment = bare_environment(**environment_of("web")) | {
        "DATABASE_URL": urlsplit(server)._replace(path=f"/{name}").geturl(),
        "REDIS_URL": os.environ["REDIS_URL"],
        "PORT": str(web_port),
        "BIND": "127.0.0.1",
        "SITE_URL": "https://localhost",
        "SLACK_SIGNING_SECRET": SECRET,
        "SLACK_API_URL": "http://127.0.0.1:9/api/",
        "DATA_DIR": str(folder / "data"),
        "TRUSTED_PROXIES": "127.0.0.1",
    }
    subprocess.run([sys.executable, "manage.py", "migrate", "-v", "0"], env=environment, cwd=ROOT, check=True)

    def start_web() -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "gunicorn", "--config", "response/gunicorn_conf.py", "response.wsgi"]
        with (folder / "web.log").open("ab") as log:
            return subprocess.Popen(command, env=environment, cwd=ROOT, stderr=log)

    found = Deployment(proxy_port, start_web, start_web())
    proxy = _start_proxy(folder, address=f":{proxy_port}", web=web_port)
    try:
        until(lambda: _is_open(proxy_port) and found.ask("GET", "/healthz").status == 200, "the proxy answers")
        yield found
    finally:
        for process in (proxy, found.web):
            process.terminate()
            process.wait(20)
        order(server, f"DROP DATABASE {name} WITH (FORCE)")
    assert "Traceback" not in (folder / "web.log").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "half",
    [
        HEAD + b"X-Slack-",
        HEAD + b"Content-Length: 500\r\n\r\npayload=",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n40\r\npay",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n",
    ],
    ids=["heads", "bodies", "chunks", "idle"],
)
def test_slack_is_answered_while_a_thousand_others_are_half_sent(deployment: Deployment, half: bytes) -> None:
    with ExitStack() as stack:
        for _ in range(1000):
            client = stack.enter_context(socket.create_connection(("127.0.0.1", deployment.port), 10, (SOMEBODY, 0)))
            client.sendall(half)
        for _ in range(5):
            deployment.answers_slack()


def test_a_head_that_never_ends_is_dropped(deployment: Deployment) -> None:
    start = time.monotonic()
    with socket.create_connection(("127.0.0.1", deployment.port), 30) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-A: b")
        while client.recv(4096):
            pass

    assert 5 < time.monotonic() - start < 15


def test_a_body_that_is_too_large_is_refused(deployment: Deployment) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"response_csrf={'a' * 32}"}
    form["Referer"] = "https://localhost/login/"

    said = deployment.ask("POST", "/login/", form, body=b"x" * 2_000_000)
    refused = deployment.ask("POST", "/login/", form, body=b"x" * 3_500_000)

    assert (said.status, b"larger than 1 MiB" in said.body) == (413, True)
    assert refused.status == 413


def test_a_forged_address_neither_escapes_a_limit_nor_uses_up_another_clients(deployment: Deployment) -> None:
    def tries(of: str, forged: str) -> Answer:
        headers = {"Authorization": "Bearer wrong", "X-Forwarded-For": forged, "X-Real-IP": forged, "Forwarded": forged}
        return deployment.ask("GET", "/api/v1/incidents", headers, of=of)

    statuses = [tries(SOMEBODY, f"{A_THIRD}, 10.0.0.{number}").status for number in range(30)]
    after = [tries(SOMEBODY, forged) for forged in (A_THIRD, "127.0.0.1", "1.2.3.4, 127.0.0.1", "")]

    assert statuses == [401] * 30
    assert [each.status for each in after] == [429] * 4
    assert all(int(each.headers["retry-after"]) > 0 and "ratelimit" in each.headers for each in after)
    assert tries(A_THIRD, SOMEBODY).status == 401


def test_forged_names_change_nothing(deployment: Deployment) -> None:
    forged = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http", "X-Forwarded-For": "127.0.0.1"}

    page = deployment.ask("GET", "/login/", forged)
    metrics = deployment.ask("GET", "/metrics", forged)
    evil = deployment.ask("GET", "/login/", {"Host": "evil.example"})

    assert page.status == 200
    assert b"evil.example" not in page.body
    assert "strict-transport-security" in page.headers  # it came by HTTPS, whatever the client says
    assert metrics.status == 403
    assert evil.status == 400


def test_pages_and_static_files_come_compressed_and_files_to_be_kept(deployment: Deployment) -> None:
    takes = {"Accept-Encoding": "gzip, br, zstd"}
    page = deployment.ask("GET", "/login/", takes)
    style = re.findall(r"/static/ui/ui\.[0-9a-f]{12}\.css", gzip.decompress(page.body).decode())[0]

    file = deployment.ask("GET", style, takes)

    assert [each.headers["content-encoding"] for each in (page, file)] == ["gzip"] * 2
    assert "immutable" in file.headers["cache-control"]
    assert gzip.decompress(file.body) == (ROOT / "ui/static/ui/ui.css").read_bytes()


def test_requests_wait_while_the_web_restarts(deployment: Deployment) -> None:
    statuses: list[int] = []
    is_over = threading.Event()

    def ask() -> None:
        while not is_over.is_set():
            statuses.append(deployment.ask("GET", "/healthz").status)
            time.sleep(0.02)

    asking = [threading.Thread(target=ask) for _ in range(4)]
    for each in asking:
        each.start()
    time.sleep(0.5)

    deployment.web.send_signal(signal.SIGTERM)
    deployment.web.wait(20)
    deployment.web = deployment.start_web()
    until(lambda: deployment.ask("GET", "/healthz").status == 200, "the web is back")
    time.sleep(0.5)

    is_over.set()
    for each in asking:
        each.join(60)
    assert set(statuses) == {200}
    assert len(statuses) > 20


def test_people_are_led_to_https(tmp_path: Path) -> None:
    https_port, http_port, web = _free_ports(3)
    proxy = _start_proxy(tmp_path, address=f"https://localhost:{https_port}", web=web, http_port=http_port)
    try:
        until(lambda: _is_open(https_port) and _is_open(http_port), "the proxy listens")
        plain = http.client.HTTPConnection("localhost", http_port, timeout=20)
        plain.request("GET", "/incidents/7/")
        answer = plain.getresponse()

        assert answer.status == 308
        assert answer.getheader("Location") == f"https://localhost:{https_port}/incidents/7/"
        context = ssl.create_default_context(cafile=_root_of(tmp_path))
        with socket.create_connection(("localhost", https_port), 20) as client:
            assert context.wrap_socket(client, server_hostname="localhost").version() == "TLSv1.3"
    finally:
        proxy.terminate()
        proxy.wait(20)


def _root_of(folder: Path) -> str:
    """Return where the proxy keeps the certificate that signs those for localhost."""
    path = folder / "caddy/pki/authorities/local/root.crt"
    until(path.exists, "the proxy has a certificate")
    return str(path)
