"""Connections that stay open are looked at before they are used again. Run by `make engines`."""

from __future__ import annotations

import time

import psycopg2
import pytest
from django.db import connection

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="An embedded database closes no connections"),
]


def test_a_connection_that_the_server_closed_is_not_used_again() -> None:
    connection.ensure_connection()
    assert connection.is_usable()

    other = psycopg2.connect(**connection.get_connection_params())
    with other, other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    other.close()

    deadline = time.monotonic() + 10
    while connection.is_usable():
        assert time.monotonic() < deadline, "It looks alive, though the server has closed it"
    connection.close()


def test_a_connection_that_we_closed_is_not_used_again() -> None:
    connection.ensure_connection()
    connection.connection.close()

    assert not connection.is_usable()
    connection.close()
