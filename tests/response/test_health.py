"""What probes are told."""

import sys
from ipaddress import ip_network
from pathlib import Path

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from pytest_django import Settings

from tests.response.conftest import Start, bare_environment, get


@pytest.fixture
def probe() -> Client:
    return Client(headers={"host": "localhost"})


def test_alive_asks_nobody(probe: Client) -> None:
    answer = probe.get("/healthz")  # Without the database mark, any query would fail this test.

    assert (answer.status_code, answer.content) == (200, b"ok\n")


@pytest.mark.django_db
def test_ready_when_the_database_is_there_and_migrated(probe: Client) -> None:
    answer = probe.get("/readyz")

    assert (answer.status_code, answer.content) == (200, b"ready\n")


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(probe: Client) -> None:
    MigrationRecorder(connection).record_unapplied("sessions", "0001_initial")

    answer = probe.get("/readyz")

    assert (answer.status_code, answer.content) == (503, b"1 migrations not applied\n")


@pytest.mark.django_db
def test_ready_though_a_newer_version_has_migrated_the_database(probe: Client) -> None:
    MigrationRecorder(connection).record_applied("incidents", "9999_of_the_next_version")

    answer = probe.get("/readyz")

    assert (answer.status_code, answer.content) == (200, b"ready\n")


def test_a_database_that_is_down_makes_us_unready_but_not_dead(
    start: Start, free_port: int, unused_port: int, tmp_path: Path
) -> None:
    environment = bare_environment(
        PORT=str(free_port), DATA_DIR=str(tmp_path), DATABASE_URL=f"postgresql://nobody@127.0.0.1:{unused_port}/none"
    )
    command = (sys.executable, "-m", "gunicorn", "--config", "response/gunicorn_conf.py", "response.wsgi")
    web = start(command, environment=environment)
    web.wait_for("Booting worker")

    assert get(free_port, "/readyz") == (503, b"database not reachable\n")
    assert get(free_port, "/healthz") == (200, b"ok\n")


@pytest.mark.django_db
def test_metrics_speak_prometheus(probe: Client) -> None:
    answer = probe.get("/metrics")

    assert answer.status_code == 200
    assert "# TYPE" in answer.content.decode()


TOKEN = "a-metrics-token-for-the-tests"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "asked", "status"),
    [
        ({}, {}, 200),
        ({}, {"REMOTE_ADDR": "192.0.2.7"}, 403),
        ({}, {"HTTP_X_FORWARDED_FOR": "127.0.0.1"}, 403),
        ({"TRUSTED_PROXIES": [ip_network("10.0.0.0/8")]}, {"REMOTE_ADDR": "10.1.1.1", "HTTP_VIA": "a proxy"}, 403),
        ({"METRICS": "public"}, {"REMOTE_ADDR": "192.0.2.7"}, 200),
        ({"METRICS_TOKEN": TOKEN}, {}, 401),
        ({"METRICS_TOKEN": TOKEN}, {"HTTP_AUTHORIZATION": "Bearer ünknown"}, 401),
        ({"METRICS_TOKEN": TOKEN}, {"HTTP_AUTHORIZATION": f"Bearer {TOKEN}", "REMOTE_ADDR": "192.0.2.7"}, 200),
    ],
)
def test_metrics_are_for_whom_the_settings_name(
    settings: Settings, given: dict[str, object], asked: dict[str, str], status: int
) -> None:
    settings.SANDBOX = False
    for name, value in given.items():
        setattr(settings, name, value)

    answer = Client(headers={"host": "localhost"}).get("/metrics", **asked)  # type: ignore[arg-type]

    assert (answer.status_code, b"# TYPE" in answer.content) == (status, status == 200)


@pytest.mark.django_db
def test_every_page_carries_the_safety_headers(probe: Client) -> None:
    answer = probe.get("/healthz")

    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
