"""Who is at work on a row. A lease ends by itself, when its process is gone, or when the process lets go of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Final, Generic, TypeVar

from django.db.models import F, Q, QuerySet
from django.utils import timezone

from jobs import crash_reports, processes
from jobs.models import Job
from jobs.moments import Moment

LEASE: Final = timedelta(seconds=60)  # longer than any handler may run and any call may take
CALM: Final = timedelta(seconds=2)  # after a row has ended a process for the second time
TIDY_EVERY: Final = 1.0  # seconds

_missed_at: dict[str, float] = {}  # when we first missed the holder of a lease, by its name

Row = TypeVar("Row", bound=Job)


def held(now: Moment) -> Q:
    """Return the condition that somebody is at work on a row."""
    return Q(lease_until__isnull=False, lease_until__gt=now, lease_until__lte=now + 2 * LEASE)


def free_leases_of_the_dead(rows: QuerySet[Row], *, now: datetime, patience: float = 0.0) -> None:
    """Let go of what processes of this machine held that are no longer there.

    What they died of, if somebody saw it, is noted in their rows; for `patience` seconds we wait for that. A row that
    ended a process before has to wait for a moment, in which its neighbors get their turn.
    """
    held = rows.filter(is_open=True, lease_until__isnull=False, lease_owner__startswith=f"{processes.PLACE}:")
    holders = set(held.values_list("lease_owner", flat=True))
    for holder in holders:
        pid = int(holder.removeprefix(f"{processes.PLACE}:").split(":")[0])
        if holder == processes.owner() or processes.lives(pid):
            continue
        missed_at = _missed_at.setdefault(holder, time.monotonic())
        if time.monotonic() - missed_at < patience and not crash_reports.is_complete(pid):
            continue
        _missed_at.pop(holder, None)
        theirs, report = held.filter(lease_owner=holder), crash_reports.report_of(pid)
        theirs.filter(attempts__gt=F("failures") + 1).update(not_before=now + CALM)
        theirs.update(lease_until=None, lease_owner="", **({"error": report} if report else {}))


def free_own_leases(rows: QuerySet[Row]) -> None:
    """Let go of what we held when the database went away. It was no fault of the rows: the attempt does not count."""
    held = rows.filter(is_open=True, lease_until__isnull=False, lease_owner=processes.owner())
    held.update(lease_until=None, lease_owner="", attempts=F("attempts") - 1)


class Leases(Generic[Row]):
    """Let go of rows that nobody works on any more.

    Leases of processes that are gone, whatever they worked on, are looked for every second, because a process
    cannot report its own death. After trouble with the database our own are released too: we cannot know whether their
    work was committed.
    """

    def __init__(self, rows: Callable[[], QuerySet[Row]], *, patience: float = 0.0) -> None:
        """`patience` is for how many seconds to wait until somebody noted how a process ended."""
        self._rows, self._patience = rows, patience
        self._next_look = 0.0
        self.are_in_doubt = False

    def tidy(self, *, in_hand: Iterable[int] = ()) -> None:
        """`in_hand` are the primary keys of rows that a thread of ours is at work on."""
        if self.are_in_doubt:
            free_own_leases(self._rows().exclude(pk__in=in_hand))
            self.are_in_doubt = False
        if time.monotonic() >= self._next_look:
            free_leases_of_the_dead(self._rows(), now=timezone.now(), patience=self._patience)
            self._next_look = time.monotonic() + TIDY_EVERY
