"""Let a transaction of a plugin lock SQLite from its first write on only."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection


@contextmanager
def lock_late(*, needed: bool) -> Iterator[None]:
    """Begin transactions without a lock if `needed`.

    SQLite has one writer at a time: a plugin that hangs must not be the one that all others wait for. A transaction
    that began so is refused its lock, with an `OperationalError`, if somebody wrote since its first read.
    """
    if not needed or connection.vendor != "sqlite":
        yield
        return
    mode = connection.transaction_mode  # type: ignore[attr-defined]
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        yield
    finally:
        connection.transaction_mode = mode  # type: ignore[attr-defined]
