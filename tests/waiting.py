"""Wait until somebody waits for a lock, on PostgreSQL."""

from __future__ import annotations

import pytest
from django.db import connection


def until_somebody_waits_for_a_row() -> None:
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with connection.cursor() as cursor:
        for _ in range(10_000):
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(waiting)
            if cursor.fetchone()[0]:
                return
    pytest.fail("Nobody waits.")
