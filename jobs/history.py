"""Delete what was done long ago."""

from __future__ import annotations

from datetime import datetime

from jobs import storing, tables

BATCH = 500  # a small one: others write between two


def throw_away_old_rows(now: datetime) -> None:
    """Delete rows that were done two weeks ago. Rows that failed permanently stay until a person has looked."""
    for table in tables.every():
        rows = table.rows().model._default_manager.all()
        if (kept := table.is_kept()) is not None:
            rows = rows.exclude(kept)
        closed = rows.filter(is_open=False, given_up_at=None, closed_at__lt=now - storing.KEPT_FOR)
        old = closed.values_list("pk", flat=True)
        while batch := list(old[:BATCH]):
            rows.filter(pk__in=batch).delete()
