"""Store rows, with keys that fit their columns."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models.expressions import DatabaseDefault

KEPT_FOR: Final = timedelta(days=14)  # how long a row stays after it is done
KEY_MAX: Final = 200

Row = TypeVar("Row", bound=models.Model)


def short(key: str) -> str:
    """Return a key that fits its column. A long one is cut and gets a hash, so that it stays unique."""
    if len(key) <= KEY_MAX:
        return key
    return f"{key[: KEY_MAX - 33]}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def insert(rows: Sequence[Row], *, on_conflict: str, key: str = "key") -> int:
    """Store rows with one statement, and return how many were written. `bulk_create` outside a transaction needs three.

    `on_conflict` is what to do about a row whose key exists: "NOTHING", or "UPDATE SET …", which may name the new row
    as `excluded`. `key` names the columns of the key, with commas.
    """
    if not rows:
        return 0
    model = type(rows[0])
    database = connections[DEFAULT_DB_ALIAS]  # `connection` would look this up with each use
    columns = [field for field in model._meta.concrete_fields if _is_given(rows[0], field.attname)]
    names = ", ".join(database.ops.quote_name(str(field.column)) for field in columns)
    line = f"({', '.join(['%s'] * len(columns))})"
    values = [field.get_db_prep_save(getattr(row, field.attname), database) for row in rows for field in columns]
    table = database.ops.quote_name(model._meta.db_table)
    lines = ", ".join([line] * len(rows))
    with database.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES {lines} ON CONFLICT ({key}) DO {on_conflict}", values)  # noqa: S608
        return int(cursor.rowcount)


def _is_given(row: models.Model, name: str) -> bool:
    return name != "id" and not isinstance(getattr(row, name), DatabaseDefault)
