"""Refuse a database that a version from before the first release made: its migrations were replaced by clean ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.core.checks import Error
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder

MARK: Final = ("incidents", "0002_seed")  # every such database has it, and none made since
REFUSAL: Final = (
    "A version from before the first release created the database, and this version can't use it.\n"
    "Use an empty database: change DATABASE_URL or, if it isn't set, DATA_DIR."
)


def refusal() -> str:
    """Return a sentence if the database is too old, "" if not or if it does not answer."""
    try:
        return REFUSAL if MARK in MigrationRecorder(connection).applied_migrations() else ""
    except DatabaseError:
        return ""
    finally:
        if not connection.in_atomic_block:
            connection.close()


def check(databases: Sequence[str] | None = None, **_more: Any) -> list[Error]:
    """Let `migrate` refuse it, which asks before it does anything."""
    found = refusal() if databases else ""
    return [Error(found, id="response.E060")] if found else []
