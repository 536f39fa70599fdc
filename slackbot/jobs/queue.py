"""How rows of work are claimed, leased, put back and given up. The same for what comes in and what goes out.

A row is claimed by a conditional update, so that any number of processes may try. The attempt is counted and committed
before the work starts; the row itself is the flight recorder of a process that dies.
"""

from __future__ import annotations

import hashlib
import os
import random
import socket
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final, TypeVar

from django.db import connection
from django.db.models import DateTimeField, Expression, F, Q, QuerySet

from slackbot.models import Queued

LEASE: Final = timedelta(seconds=60)  # longer than any handler may run (InboxKind.time_limit) and any call may take
LONGEST_PAUSE: Final = timedelta(minutes=10)  # between two tries of a row, whoever asks for it
MAX_DEATHS: Final = 3
OVERTAKEN_AFTER: Final = timedelta(seconds=5)  # by what comes later, when nobody here knows what a row asks for
UNKNOWN_FOR: Final = timedelta(hours=1)  # so long a row is left to a process that may know what it asks for
CALM: Final = timedelta(seconds=2)  # after a row has ended a process for the second time
KEPT_FOR: Final = timedelta(days=14)  # so long a row that is done stays
KEY_MAX: Final = 200

Row = TypeVar("Row", bound=Queued)


class Unknown(Exception):
    """Nothing here has the name that a row asks for: another version wrote it, or its plugin is gone."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No process here knows {name}: a newer version wrote it, or its plugin is gone")

    @property
    def reason(self) -> str:
        """Why a row is given up in the end."""
        return f"Nobody took it for an hour. {self}"


class Strangers:
    """What rows asked for that this process does not know. It leaves such rows to a process that does.

    While two versions run side by side there is one. Where there is none, later rows go past after a while, and in the
    end somebody has to give the row up.
    """

    def __init__(self) -> None:
        self._met = Q()

    def meet(self, **columns: str) -> None:
        """Leave alone from now on what has the same values in these columns, once each row says why it waits."""
        if (one := Q(**columns)) not in self._met.children:
            self._met = Q(*self._met.children, one, _connector=Q.OR)

    @property
    def met(self) -> Q:
        return self._met

    def left_alone(self, rows: QuerySet[Row], now: Moment) -> QuerySet[Row]:
        """Keep what this process may try: what it knows, what is still to say why it waits, and what is given up."""
        return rows.exclude(self._met, ~Q(error=""), created_at__gt=now - UNKNOWN_FOR) if self._met else rows

    def in_the_way(self, rows: QuerySet[Row], now: Moment) -> QuerySet[Row]:
        """Keep what later rows of the same order have to wait for."""
        return rows.exclude(self._met, ~held(now), created_at__lt=now - OVERTAKEN_AFTER) if self._met else rows


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


def find(query: Callable[..., QuerySet[Row]], *state: Hashable, now: datetime) -> list[Row]:
    """Return what `query(Present(), *state)` asks for, written once: Django takes longer for that than the database."""
    model, sql, params = _written(query, *state)
    filled = [_adapted(now + each.after) if isinstance(each, Present) else each for each in params]
    return list(model._default_manager.raw(sql, filled))


@cache
def _written(query: Callable[..., QuerySet[Row]], *state: Hashable) -> tuple[type[Row], str, tuple[Any, ...]]:
    rows = query(Present(), *state)
    return (rows.model, *rows.query.sql_with_params())


def _adapted(moment: datetime) -> Any:
    return connection.ops.adapt_datetimefield_value(moment)


def due(rows: QuerySet[Row], now: Moment) -> QuerySet[Row]:
    """Open rows that nobody holds and that need not wait.

    A lease or a pause longer than there are any was noted by a clock that ran ahead, and counts for nothing.
    """
    ready = Q(not_before=None) | Q(not_before__lte=now) | Q(not_before__gt=now + LONGEST_PAUSE)
    return rows.exclude(held(now)).filter(ready, is_open=True)


def held(now: Moment) -> Q:
    """Rows that somebody is at work on."""
    return Q(lease_until__isnull=False, lease_until__gt=now, lease_until__lte=now + 2 * LEASE)


def claim(rows: QuerySet[Row], row: Row, now: datetime) -> bool:
    """Take `row`, which was due, for us, counting the attempt; False when somebody else was faster."""
    as_read = {name: getattr(row, name) for name in ("attempts", "lease_owner", "lease_until", "not_before")}
    taken = rows.filter(pk=row.pk, is_open=True, **as_read)
    count = taken.update(attempts=F("attempts") + 1, lease_until=now + LEASE, lease_owner=owner(), not_before=None)
    if count:
        row.attempts += 1
        row.lease_owner = owner()
    return bool(count)


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
