"""Let transactions of plugins lock SQLite from their first write on only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import OperationalError, connection


def run(work: Callable[[], object], *, locks_late: bool) -> None:
    """Run `work`, which begins transactions. With `locks_late`, SQLite locks them from their first write on.

    SQLite has one writer at a time: a plugin that hangs must not be the one that all others wait for. If somebody wrote
    between its first read and its first write, it is refused its lock. Then `work` runs again, locking as usual.
    """
    if not locks_late:
        work()
        return
    try:
        with _late():
            work()
    except OperationalError as error:
        if "locked" not in str(error):
            raise
        work()


@contextmanager
def _late() -> Iterator[None]:
    if connection.vendor != "sqlite":
        yield
        return
    mode = connection.transaction_mode  # type: ignore[attr-defined]
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        yield
    finally:
        connection.transaction_mode = mode  # type: ignore[attr-defined]
