"""Who is at work on a row. A lease ends by itself, when its process is gone, or when the process lets go of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from jobs import processes
from jobs.models import Job
from jobs.moments import Moment

LEASE: Final = timedelta(seconds=60)  # longer than any handler may run and any call may take
CALM: Final = timedelta(seconds=2)  # after a row has ended a process for the second time
TIDY_EVERY: Final = 2.0  # seconds

Row = TypeVar("Row", bound=Job)


def held(now: Moment) -> Q:
    """Return the condition that somebody is at work on a row."""
    return Q(lease_until__isnull=False, lease_until__gt=now, lease_until__lte=now + 2 * LEASE)


def free_leases_of_the_dead(rows: QuerySet[Row], *, now: datetime, crash_report: str = "") -> None:
    """Let go of what processes of this machine held that are no longer there.

    What they died of, if the supervisor saw it, is noted in their rows. One that ended a process before has to wait
    for a moment, in which its neighbours get their turn.
    """
    note = {"error": crash_report} if crash_report else {}
    held = rows.filter(is_open=True, lease_until__isnull=False, lease_owner__startswith=f"{processes.PLACE}:")
    for holder in set(held.values_list("lease_owner", flat=True)):
        pid = int(holder.removeprefix(f"{processes.PLACE}:").split(":")[0])
        if holder != processes.owner() and not processes.lives(pid):
            theirs = held.filter(lease_owner=holder)
            theirs.filter(attempts__gt=F("failures") + 1).update(not_before=now + CALM)
            theirs.update(lease_until=None, lease_owner="", **note)


def free_own_leases(rows: QuerySet[Row]) -> None:
    """Let go of what we held when the database went away. It was no fault of the rows: the attempt does not count."""
    held = rows.filter(is_open=True, lease_until__isnull=False, lease_owner=processes.owner())
    held.update(lease_until=None, lease_owner="", attempts=F("attempts") - 1)


class Leases(Generic[Row]):
    """Let go of rows that nobody works on any more.

    Leases of processes that are gone, whatever they worked on, are looked for every other second, because a process
    cannot report its own death. After trouble with the database our own are released too: we cannot know whether their
    work was committed.
    """

    def __init__(self, rows: Callable[[], QuerySet[Row]], *, crash_report: str = "") -> None:
        """`crash_report` is that of the process before us, whose rows the first look finds."""
        self._rows, self._crash_report = rows, crash_report
        self._next_look = 0.0
        self.are_in_doubt = False

    def tidy(self, *, in_hand: Iterable[int] = ()) -> None:
        """`in_hand` are the primary keys of rows that a thread of ours is at work on."""
        if self.are_in_doubt:
            free_own_leases(self._rows().exclude(pk__in=in_hand))
            self.are_in_doubt = False
        if time.monotonic() >= self._next_look:
            free_leases_of_the_dead(self._rows(), now=timezone.now(), crash_report=self._crash_report)
            self._crash_report = ""
            self._next_look = time.monotonic() + TIDY_EVERY
