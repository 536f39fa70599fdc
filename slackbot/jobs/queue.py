"""How rows of work are claimed, leased, put back and given up. The same for what comes in and what goes out.

A row is claimed by a conditional update, so that any number of processes may try. The attempt is counted and committed
before the work starts; the row itself is the flight recorder of a process that dies.
"""

from __future__ import annotations

import hashlib
import os
import random
import socket
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, Generic, TypeVar

from django.db import connection
from django.db.models import BooleanField, DateTimeField, Expression, F, Q, QuerySet
from django.db.models.expressions import Combinable, DatabaseDefault, RawSQL

from slackbot.models import Queued

LEASE: Final = timedelta(seconds=60)  # longer than any handler may run (InboxKind.time_limit) and any call may take
LONGEST_PAUSE: Final = timedelta(minutes=10)  # between two tries of a row, whoever asks for it
MAX_DEATHS: Final = 3
OVERTAKEN_AFTER: Final = timedelta(seconds=5)  # by what comes later, when nobody here knows what a row asks for
UNKNOWN_FOR: Final = timedelta(hours=1)  # so long a row is left to a process that may know what it asks for
CALM: Final = timedelta(seconds=2)  # after a row has ended a process for the second time
KEPT_FOR: Final = timedelta(days=14)  # so long a row that is done stays
KEY_MAX: Final = 200
WINDOW: Final = 64  # of the oldest rows that are due, in which the next one is looked for first

Row = TypeVar("Row", bound=Queued)


class Unknown(Exception):
    """Nothing here has the name that a row asks for: another version wrote it, or its plugin is gone."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No process here knows {name}: a newer version wrote it, or its plugin is gone")

    @property
    def reason(self) -> str:
        """Why a row is given up in the end."""
        return f"Nobody took it for an hour. {self}"


class UnknownKinds:
    """The kinds and handlers of rows that this process doesn't know. It leaves such rows to a process that does.

    While two versions run side by side there is one. Where there is none, later rows go past after a while, and in the
    end the row fails permanently.
    """

    def __init__(self) -> None:
        self._noted = Q()

    def note(self, **columns: str) -> None:
        """Leave rows with the same values in these columns alone from now on, once each says why it waits."""
        if (one := Q(**columns)) not in self._noted.children:
            self._noted = Q(*self._noted.children, one, _connector=Q.OR)

    @property
    def noted(self) -> Q:
        """The condition that a row is of an unknown kind."""
        return self._noted

    def left_alone(self, rows: QuerySet[Row], now: Moment) -> QuerySet[Row]:
        """Keep what this process may try: known and late rows, and those that don't yet say why they wait."""
        recent = {"created_at__gt": now - UNKNOWN_FOR}
        return rows.exclude(self._noted, ~Q(error=""), **recent) if self._noted else rows

    def overtaken(self, now: Moment) -> Q:
        """Return the condition that later rows of the same order don't wait for a row; an empty one if all wait."""
        return self._noted & ~held(now) & Q(created_at__lt=now - OVERTAKEN_AFTER) if self._noted else Q()


def owner() -> str:
    """Name this process: where it is, its id there, and when it began, as ids are used again."""
    return f"{_PLACE}:{os.getpid()}:{_START}"


def _place() -> str:
    """Name what process ids are unique in: two containers may call themselves the same."""
    try:
        return f"{socket.gethostname()}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return socket.gethostname()


_PLACE: Final = _place()
_START: Final = f"{random.SystemRandom().getrandbits(32):08x}"


def short(key: str) -> str:
    """Return a key that fits its column, and stays one of its own: Slack's ids and plugins' names may be long."""
    if len(key) <= KEY_MAX:
        return key
    return f"{key[: KEY_MAX - 33]}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"


class Present(Expression):
    """The time at which a query runs, and not the one at which it is written; or so long after or before."""

    def __init__(self, after: timedelta = timedelta(0)) -> None:
        super().__init__(output_field=DateTimeField())
        self.after = after

    def __add__(self, length: timedelta) -> Present:  # type: ignore[override]
        return Present(self.after + length)

    def __sub__(self, length: timedelta) -> Present:  # type: ignore[override]
        return Present(self.after - length)

    def as_sql(self, *_args: Any, **_kwargs: Any) -> tuple[str, Any]:
        return "%s", [self]


Moment = datetime | Present


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


class _Owner:
    """Stands in written SQL for the name of the process that executes it."""


def _filled(value: Any, now: datetime) -> Any:
    match value:
        case Present():
            return _adapted(now + value.after)
        case _Owner():
            return owner()
        case _:
            return value


@cache
def _claiming(search: Search[Row], vendor: str, *state: Hashable) -> tuple[type[Row], str, tuple[Any, ...]]:
    found = search(Present(), *state)
    model = found.due.model
    table = connection.ops.quote_name(model._meta.db_table)
    runnable = found.due.filter(found.is_next).order_by("priority", "pk").values("pk")
    lock = f" FOR UPDATE OF {table} SKIP LOCKED" if vendor == "postgresql" else ""
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
    update = (
        f'UPDATE {table} SET "attempts" = "attempts" + 1, "lease_until" = %s, "lease_owner" = %s, "not_before" = NULL'  # noqa: S608
        f" WHERE id = COALESCE({', '.join([*places, 'NULL'])}) RETURNING *"
    )
    return model, update, (Present(LEASE), _Owner(), *params)


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


def insert(rows: Sequence[Row], *, on_conflict: str) -> int:
    """Store rows with one statement, and return how many were written. `bulk_create` outside a transaction needs three.

    `on_conflict` is what to do about a row whose key exists: "NOTHING", or "UPDATE SET …", which may name the new row
    as `excluded`.
    """
    if not rows:
        return 0
    model = type(rows[0])
    columns = [field for field in model._meta.concrete_fields if _is_given(rows[0], field.attname)]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in columns)
    line = f"({', '.join(['%s'] * len(columns))})"
    values = [field.get_db_prep_save(getattr(row, field.attname), connection) for row in rows for field in columns]
    table = connection.ops.quote_name(model._meta.db_table)
    lines = ", ".join([line] * len(rows))
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {table} ({names}) VALUES {lines} ON CONFLICT (key) DO {on_conflict}", values)  # noqa: S608
        return int(cursor.rowcount)


def _is_given(row: Queued, name: str) -> bool:
    return name != "id" and not isinstance(getattr(row, name), DatabaseDefault)


def due(rows: QuerySet[Row], now: Moment) -> QuerySet[Row]:
    """Open rows that nobody holds and that need not wait.

    A lease or a pause longer than there are any was noted by a clock that ran ahead, and counts for nothing.
    """
    ready = Q(not_before=None) | Q(not_before__lte=now) | Q(not_before__gt=now + LONGEST_PAUSE)
    return rows.exclude(held(now)).filter(ready, is_open=True)


def held(now: Moment) -> Q:
    """Rows that somebody is at work on."""
    return Q(lease_until__isnull=False, lease_until__gt=now, lease_until__lte=now + 2 * LEASE)


def is_nobodys(row: Queued, now: datetime) -> bool:
    """Say whether a row that asks for what we do not know was left to others for long enough."""
    return row.created_at < now - UNKNOWN_FOR


def deaths(row: Queued) -> int:
    """Attempts that ended without a word before the present one."""
    return max(0, row.attempts - 1 - row.failures)


def pause(failures: int) -> timedelta:
    """Growing, jittered pauses: about 1, 2, 4, 8 … seconds, at most five minutes."""
    seconds = min(300.0, 2.0 ** min(failures - 1, 10))
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311


def free_leases_of_the_dead(rows: QuerySet[Row], *, now: datetime, last_words: str = "") -> None:
    """Let go of what processes of this machine held that are no longer there.

    What they died of, if the supervisor saw it, is noted in their rows. One that ended a process before has to wait
    for a moment, in which its neighbours get their turn.
    """
    note = {"error": last_words} if last_words else {}
    held = rows.filter(is_open=True, lease_until__isnull=False, lease_owner__startswith=f"{_PLACE}:")
    for holder in set(held.values_list("lease_owner", flat=True)):
        if holder != owner() and not lives(int(holder.removeprefix(f"{_PLACE}:").split(":")[0])):
            theirs = held.filter(lease_owner=holder)
            theirs.filter(attempts__gt=F("failures") + 1).update(not_before=now + CALM)
            theirs.update(lease_until=None, lease_owner="", **note)


def free_own_leases(rows: QuerySet[Row]) -> None:
    """Let go of what we held when the database went away. It was no fault of the rows: the attempt does not count."""
    held = rows.filter(is_open=True, lease_until__isnull=False, lease_owner=owner())
    held.update(lease_until=None, lease_owner="", attempts=F("attempts") - 1)


def work_on_lane(name: str) -> None:
    """Note which lane this process runs."""
    _Here.lane = name


def lane_of_this_process() -> str:
    """Return the lane that this process runs; "" of a web process."""
    return _Here.lane


class _Here:
    lane = ""


def lives(pid: int) -> bool:
    """Is there a process of that number that is not us?"""
    if pid == os.getpid():
        return False  # our number, but not our name: it was somebody before us
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
