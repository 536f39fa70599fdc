"""Find and take the next row: one conditional update, so that any number of processes may try.

The attempt is counted and committed before the work starts, so the row shows whether a process died in it.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any, Final, Generic, TypeVar

from django.db import connection
from django.db.models import BooleanField, Q, QuerySet
from django.db.models.expressions import Combinable, RawSQL

from jobs import processes, retries
from jobs.leases import LEASE, held
from jobs.models import Job
from jobs.moments import Moment, Present

WINDOW: Final = 64  # of the oldest rows that are due, in which the next one is looked for first

Row = TypeVar("Row", bound=Job)


@dataclass(frozen=True)
class Candidates(Generic[Row]):
    """Where to look for the next row. Rows of one `order_key` run one after the other."""

    due: QuerySet[Row]  # what this process may take now, as far as the row alone decides
    is_next: Combinable  # no row of the same key is in its way
    in_line: QuerySet[Row]  # the rows that others have to wait for
    out_of_line: Q  # the condition that no other row waits for a row; empty if there is no such row
    order: tuple[str, ...]  # of the rows of one key


Search = Callable[..., Candidates[Row]]


def claim_next(search: Search[Row], *state: Hashable, now: datetime) -> Row | None:
    """Take the next row for us, counting the attempt; None when nothing is runnable.

    `search(Present(), *state)` defines where to look. Its SQL is written once, because that takes Django longer than
    the database. One statement finds the row, locks and updates it, so any number of processes may claim at once.

    The search begins with the `WINDOW` oldest rows that are due. When all of them have to wait, as in the backlog of a
    busy channel, the first row of each order key is tried instead, and then the rows that nobody waits for.
    """
    model, sql, params = _claiming(search, connection.vendor, *state)
    filled = [_filled(each, now) for each in params]
    return next(iter(model._default_manager.raw(sql, filled)), None)


def is_waiting(search: Search[Row], *state: Hashable, since: datetime) -> bool:
    """Return True if a row has been runnable since that moment, and nobody took it."""
    sql, params = _waiting(search, connection.vendor, *state)
    with connection.cursor() as cursor:
        cursor.execute(sql, [_filled(each, since) for each in params])
        return cursor.fetchone()[0] is not None


class _Owner:
    """Stands in written SQL for the name of the process that executes it."""


def _filled(value: Any, now: datetime) -> Any:
    match value:
        case Present():
            return _adapted(now + value.after)
        case _Owner():
            return processes.owner()
        case _:
            return value


@cache
def _claiming(search: Search[Row], vendor: str, *state: Hashable) -> tuple[type[Row], str, tuple[Any, ...]]:
    found = search(Present(), *state)
    model = found.due.model
    table = connection.ops.quote_name(model._meta.db_table)
    lock = f" FOR UPDATE OF {table} SKIP LOCKED" if vendor == "postgresql" else ""
    first, params = _first(found, vendor, lock)
    update = (
        f'UPDATE {table} SET "attempts" = "attempts" + 1, "lease_until" = %s, "lease_owner" = %s, "not_before" = NULL'  # noqa: S608
        f" WHERE id = {first} RETURNING *"
    )
    return model, update, (Present(LEASE), _Owner(), *params)


@cache
def _waiting(search: Search[Row], vendor: str, *state: Hashable) -> tuple[str, tuple[Any, ...]]:
    found = search(Present(), *state)
    old_enough = found.due.filter(created_at__lte=Present())
    first, params = _first(replace(found, due=old_enough), vendor, lock="")
    return f"SELECT {first}", params


def _first(found: Candidates[Row], vendor: str, lock: str) -> tuple[str, tuple[Any, ...]]:
    """Return an SQL expression: the primary key of the first runnable row, or NULL."""
    table = connection.ops.quote_name(found.due.model._meta.db_table)
    runnable = found.due.filter(found.is_next).order_by("priority", "pk").values("pk")
    window, window_params = _sql(found.due.order_by("priority", "pk").values("pk")[:WINDOW])
    oldest, oldest_params = _sql(runnable.filter(_among(table, window, window_params, vendor))[:1])
    heads, heads_params = _heads(found)
    first, first_params = _sql(runnable.filter(_among(table, "SELECT id FROM heads", (), vendor))[:1])
    places = [f"({oldest}{lock})", f"(WITH RECURSIVE {heads} {first}{lock})"]
    params = [*oldest_params, *heads_params, *first_params]
    if found.out_of_line:
        aside, aside_params = _sql(runnable.filter(found.out_of_line)[:1])
        places.append(f"({aside}{lock})")
        params += aside_params
    return f"COALESCE({', '.join([*places, 'NULL'])})", tuple(params)


def _among(table: str, sql: str, params: tuple[Any, ...], vendor: str) -> RawSQL:
    """Return the condition that a row is one of these. PostgreSQL would join them with every row of the table."""
    among = f"= ANY(ARRAY({sql}))" if vendor == "postgresql" else f"IN ({sql})"
    return RawSQL(f"{table}.id {among}", params, output_field=BooleanField())  # noqa: S611


def _heads(found: Candidates[Row]) -> tuple[str, tuple[Any, ...]]:
    """Return a recursive query for the first row of each order key: a step from key to key in an index, not a scan."""
    rows = found.in_line.filter(is_open=True).order_by("order_key", *found.order)
    first, first_params = _sql(rows.values("pk", "order_key")[:1])
    after = rows.filter(order_key__gt=RawSQL("heads.order_key", ()))
    next_id, id_params = _sql(after.values("pk")[:1])
    next_key, key_params = _sql(after.values("order_key")[:1])
    step = f"SELECT ({next_id}), ({next_key}) FROM heads WHERE heads.id IS NOT NULL"  # noqa: S608
    sql = f"heads(id, order_key) AS (SELECT * FROM ({first}) AS first_head UNION ALL {step})"  # noqa: S608
    return sql, (*first_params, *id_params, *key_params)


def _sql(rows: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    sql, params = rows.query.sql_with_params()
    return sql, tuple(params)


def _adapted(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def due(rows: QuerySet[Row], now: Moment) -> QuerySet[Row]:
    """Open rows that nobody holds and that need not wait.

    A lease or a pause longer than there are any was noted by a clock that ran ahead, and counts for nothing.
    """
    ready = Q(not_before=None) | Q(not_before__lte=now) | Q(not_before__gt=now + retries.LONGEST_PAUSE)
    return rows.exclude(held(now)).filter(ready, is_open=True)
