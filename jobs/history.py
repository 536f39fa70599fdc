"""Delete what was done long ago."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Final

from jobs import storing, tables

BATCH = 500  # a small one: others write between two


Deletion = Callable[[datetime], object]  # gets the present moment
_deletions: Final[list[Deletion]] = []


def also_throw_away(delete: Deletion) -> None:
    """Call `delete` whenever old jobs are deleted. Twice is once."""
    if delete not in _deletions:
        _deletions.append(delete)


def forget(delete: Deletion) -> None:
    """Forget what a test registered."""
    _deletions.remove(delete)


def throw_away_old_rows(now: datetime) -> None:
    """Delete rows that were done two weeks ago, and what packages registered for deletion.

    Rows that failed permanently stay until a person has looked.
    """
    for table in tables.every():
        rows = table.rows().model._default_manager.all()
        if (kept := table.is_kept()) is not None:
            rows = rows.exclude(kept)
        closed = rows.filter(is_open=False, given_up_at=None, closed_at__lt=now - storing.KEPT_FOR)
        old = closed.values_list("pk", flat=True)
        while batch := list(old[:BATCH]):
            closed.filter(pk__in=batch).delete()  # one may have been opened again meanwhile
    for delete in _deletions:
        delete(now)
