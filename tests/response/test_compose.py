"""docker-compose.yml and Dockerfile, without Docker: their shape, and each command as a container would run it."""

import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
import yaml

from tests.response.conftest import PATIENCE, ROOT, Running, Start, get

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))
OURS = ("web", "worker", "migrate")
GIVEN = {
    "SLACK_BOT_TOKEN": "xoxb-1-compose",
    "SLACK_SIGNING_SECRET": "compose-secret",
    "SECRET_KEY": "compose-" * 8,
    "SITE_URL": "http://127.0.0.1:8000",
    "POSTGRES_PASSWORD": "unused",
}


def filled_in(value: str, given: dict[str, str]) -> str:
    """Do what compose does with ${NAME}, ${NAME:-default} and ${NAME:?sentence}."""

    def found(match: re.Match[str]) -> str:
        name, kind, rest = match.groups()
        if kind == ":?" and not given.get(name):
            raise KeyError(rest)
        return given.get(name) or (rest if kind == ":-" else "")

    innermost = re.compile(r"\$\{(\w+)(?:(:[-?])([^${}]*))?\}")
    while innermost.search(value):
        value = innermost.sub(found, value)
    return value


def environment_of(service: str) -> dict[str, str]:
    written: dict[str, Any] = COMPOSE["services"][service]["environment"]
    return {name: filled_in(str(value), GIVEN) for name, value in written.items()}


def test_what_only_the_owner_knows_is_asked_for_with_a_sentence() -> None:
    required = re.findall(r"\$\{(\w+):\?([^}]*)\}", (ROOT / "docker-compose.yml").read_text(encoding="utf-8"))

    assert {name for name, _sentence in required} == set(GIVEN)
    assert all(sentence.startswith(f"Set {name}") for name, sentence in required)


@pytest.mark.parametrize("service", OURS)
def test_our_services_share_one_image_and_one_configuration(service: str) -> None:
    common = environment_of("migrate")

    assert COMPOSE["services"][service]["image"] == "response"
    assert common.items() <= environment_of(service).items()


# Settings that containers are not given, and why.
NOT_PASSED_ON = {
    "BIND": "the image sets it: a container listens on every address of its own",
    "DATA_DIR": "the image sets it, where the volume is",
    "DEBUG": "it is refused in production",
    "PORT": "inside a container it is always 8000, and only the proxy is reachable from outside",
    "SANDBOX_PORT": "the image has no sandbox",
}


def test_every_setting_is_passed_on_or_has_a_reason_not_to_be() -> None:
    page = (ROOT / "docs/configuration.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `([A-Z_]+)` \|", page, flags=re.MULTILINE))
    passed_on = {name for service in OURS for name in environment_of(service)}

    assert passed_on | NOT_PASSED_ON.keys() == described
    assert passed_on & NOT_PASSED_ON.keys() == set()


def test_a_setting_keeps_its_name_on_the_way_into_a_container() -> None:
    for service in OURS:
        for name, value in COMPOSE["services"][service]["environment"].items():
            ours = name in {"DATABASE_URL", "REDIS_URL", "TRUSTED_PROXIES"}
            assert ours or str(value).startswith(f"${{{name}:"), name


def test_nothing_but_the_proxy_is_reachable_from_outside() -> None:
    assert [name for name, service in COMPOSE["services"].items() if service.get("ports")] == ["proxy"]


def test_the_web_believes_the_proxy_and_whom_its_owner_names() -> None:
    proxy = filled_in(COMPOSE["services"]["proxy"]["networks"]["default"]["ipv4_address"], GIVEN)
    (network,) = COMPOSE["networks"]["default"]["ipam"]["config"]

    assert environment_of("web")["TRUSTED_PROXIES"] == f"{proxy},"
    named = COMPOSE["services"]["web"]["environment"]["TRUSTED_PROXIES"]
    assert filled_in(named, {"TRUSTED_PROXIES": "10.0.0.1", "SUBNET": "10.9.8"}) == "10.9.8.250,10.0.0.1"
    assert ip_address(proxy) in ip_network(filled_in(network["subnet"], GIVEN))
    assert ip_address(proxy) not in ip_network(filled_in(network["ip_range"], GIVEN))  # nobody else is given it


def test_the_proxy_serves_the_address_that_people_open() -> None:
    address = COMPOSE["services"]["proxy"]["environment"]["ADDRESS"]

    assert filled_in(address, {"SITE_URL": "https://incidents.example.com"}) == "https://incidents.example.com"
    assert filled_in(address, {"SITE_URL": "https://incidents.example.com", "PROXY_ADDRESS": ":80"}) == ":80"
    assert (ROOT / COMPOSE["services"]["proxy"]["volumes"][0].split(":")[0]).is_file()


def test_names_that_are_used_are_there() -> None:
    for service in COMPOSE["services"].values():
        assert set(service.get("depends_on", {})) <= set(COMPOSE["services"])
        named = {volume.split(":")[0] for volume in service.get("volumes", [])}
        assert {name for name in named if not name.startswith("./")} <= set(COMPOSE["volumes"])


def test_web_and_worker_wait_for_the_migration() -> None:
    for service in ("web", "worker"):
        assert COMPOSE["services"][service]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}


def test_redis_never_throws_a_hint_away() -> None:
    assert COMPOSE["services"]["redis"]["command"][-2:] == ["--maxmemory-policy", "noeviction"]


def test_the_image_runs_as_nobody_in_particular_and_from_the_lock() -> None:
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")

    assert re.findall(r"^USER (\w+)$", dockerfile, flags=re.MULTILINE) == ["response"]
    assert "--require-hashes -r requirements.txt" in dockerfile


def test_everything_that_the_image_copies_passes_dockerignore() -> None:
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()

    assert {f"!{name}" for name in copied()} <= set(kept)


def copied() -> list[str]:
    """Return what the Dockerfile copies from the checkout."""
    return re.findall(r"^COPY (\S+) ", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)


# Each command, on real engines


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Make a directory with what the image holds, and nothing else of the checkout."""
    place = tmp_path / "app"
    place.mkdir()
    for name in copied():
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, place / name)
    return place


@pytest.fixture
def database() -> Iterator[str]:
    """Make an empty database on the server that DATABASE_URL names, and return its address."""
    server = os.environ["DATABASE_URL"]
    name = f"response_compose_{os.getpid()}"
    order(server, f"CREATE DATABASE {name}")
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    order(server, f"DROP DATABASE {name} WITH (FORCE)")


def order(server: str, command: str) -> None:
    connection = psycopg2.connect(server)
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(command)
    connection.close()


@pytest.mark.processes
def test_each_command_does_its_work_in_an_empty_environment(
    start: Start, image: Path, database: str, free_port: int
) -> None:
    def run(service: str) -> Running:
        # Instead of a container's own network: this machine's engines, a free port, and nobody in Slack's place.
        here = {
            "DATABASE_URL": database,
            "REDIS_URL": os.environ["REDIS_URL"],
            "PORT": str(free_port),
            "BIND": "127.0.0.1",
            "SLACK_API_URL": "http://127.0.0.1:9/api/",
            "DATA_DIR": str(image.parent / "data"),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        words = [sys.executable if word == "python" else word for word in COMPOSE["services"][service]["command"]]
        return start(words, environment={**environment_of(service), **here}, directory=image)

    migrate = run("migrate")
    assert migrate.wait_for_end() == 0, migrate.output

    web = run("web")
    assert answer(free_port, "/readyz", asked=web) == (200, b"ready\n")
    worker = run("worker")
    worker.wait_for("Running workers: inbox, outbox, sweeper.")

    assert worker.ends() == 0, worker.output
    assert web.ends() == 0, web.output
    assert "Traceback" not in worker.output + web.output


def test_any_number_of_workers_can_be_started() -> None:
    assert not {"container_name", "hostname", "ports"} & set(COMPOSE["services"]["worker"])


def answer(port: int, path: str, *, asked: Running) -> tuple[int, bytes]:
    """Ask until somebody listens."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return get(port, path)
        except ConnectionRefusedError:
            if time.monotonic() > deadline or asked.process.poll() is not None:
                pytest.fail(f"Nobody listens on port {port}:\n{asked.output}")
            time.sleep(0.05)
