"""How rows of work are claimed, leased, put back and given up. The same for what comes in and what goes out.

A row is claimed by a conditional update, so that any number of processes may try. The attempt is counted and committed
before the work starts; the row itself is the flight recorder of a process that dies.
"""

from __future__ import annotations

import os
import random
import socket
from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.db.models import F, Q, QuerySet

from slackbot.models import Queued

LEASE: Final = timedelta(seconds=60)  # longer than any handler may run (lanes.TIME_LIMITS) and any call may take
MAX_DEATHS: Final = 3

Row = TypeVar("Row", bound=Queued)


def owner() -> str:
    """Name this process: host, process id, and when the process began, as ids are used again."""
    return f"{socket.gethostname()}:{os.getpid()}:{_START}"


_START: Final = f"{random.SystemRandom().getrandbits(32):08x}"


def due(rows: QuerySet[Row], now: datetime) -> QuerySet[Row]:
    """Open rows that nobody holds and that need not wait. A lease from a clock that ran ahead counts as expired."""
    free = Q(lease_until=None) | Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * LEASE)
    ready = Q(not_before=None) | Q(not_before__lte=now)
    return rows.filter(free, ready, is_open=True)


def claim(rows: QuerySet[Row], row: Row, now: datetime) -> bool:
    """Take `row` for us, counting the attempt; False when somebody else was faster."""
    taken = due(rows, now).filter(pk=row.pk, attempts=row.attempts)
    count = taken.update(attempts=F("attempts") + 1, lease_until=now + LEASE, lease_owner=owner(), not_before=None)
    if count:
        row.attempts += 1
        row.lease_owner = owner()
    return bool(count)


def deaths(row: Queued) -> int:
    """Attempts that ended without a word before the present one."""
    return max(0, row.attempts - 1 - row.failures)


def pause(failures: int) -> timedelta:
    """Growing, jittered pauses: about 1, 2, 4, 8 … seconds, at most five minutes."""
    seconds = min(300.0, 2.0 ** min(failures - 1, 10))
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311


def free_leases_of_the_dead(rows: QuerySet[Row], *, last_words: str = "") -> None:
    """Let go of what processes of this machine held that are no longer there. Called when a worker starts.

    What they died of, if the supervisor saw it, is noted in their rows.
    """
    note = {"error": last_words} if last_words else {}
    host = socket.gethostname()
    held = rows.filter(is_open=True, lease_until__isnull=False, lease_owner__startswith=f"{host}:")
    for holder in set(held.values_list("lease_owner", flat=True)):
        if holder != owner() and not lives(int(holder.split(":")[1])):
            held.filter(lease_owner=holder).update(lease_until=None, lease_owner="", **note)


def free_own_leases(rows: QuerySet[Row]) -> None:
    """Let go of what we held when the database went away. It was no fault of the rows: the attempt does not count."""
    held = rows.filter(is_open=True, lease_until__isnull=False, lease_owner=owner())
    held.update(lease_until=None, lease_owner="", attempts=F("attempts") - 1)


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
