"""What probes are told."""

import pytest
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client


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
def test_metrics_speak_prometheus(probe: Client) -> None:
    answer = probe.get("/metrics")

    assert answer.status_code == 200
    assert "# TYPE" in answer.content.decode()


@pytest.mark.django_db
def test_every_page_carries_the_safety_headers(probe: Client) -> None:
    answer = probe.get("/healthz")

    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Referrer-Policy"] == "same-origin"
