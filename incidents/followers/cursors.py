"""Read and move cursors, and keep what failed."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import (
    BigAutoField,
    BooleanField,
    Case,
    CharField,
    DateTimeField,
    IntegerField,
    Q,
    QuerySet,
    Value,
    When,
)

from incidents.followers.registry import Follower
from incidents.models import Following, TimelineEntry
from jobs import endings, retries, storing, unknown_kinds
from jobs.compiled_queries import Read, Slot, Update

logger = logging.getLogger(__name__)

MOST: Final = 500  # rows at once
LEAVE_FOR: Final = timedelta(seconds=1)  # entries that a newer version's worker can handle


def _entries() -> QuerySet[TimelineEntry]:
    of_incident = TimelineEntry.objects.select_related("actor").filter(incident=Slot("incident", BigAutoField()))
    between = of_incident.filter(seq__gt=Slot("seen", IntegerField()), seq__lte=Slot("until", IntegerField()))
    return between.order_by("seq")


_ENTRIES: Final = Read(_entries)
_FIRST_ENTRY: Final = Read(lambda: _entries()[:1])


def entries(incident_id: int, *, seen: int, until: int) -> list[TimelineEntry]:
    """Return the entries after `seen` up to `until`, with their actors, in order."""
    return _ENTRIES.all(incident=incident_id, seen=seen, until=until)


def next_entry(row: Following) -> TimelineEntry | None:
    """Return the first entry that the row still has to handle, or None."""
    return _FIRST_ENTRY.first(incident=row.incident_id, seen=row.seen, until=row.until)


def _due() -> QuerySet[Following]:
    ready = Q(not_before=None) | Q(not_before__lte=Slot("now", DateTimeField()))
    ahead = Q(not_before__gt=Slot("longest", DateTimeField()))  # noted by a clock that ran ahead
    rows = Following.objects.filter(ready | ahead, is_open=True, queue=Slot("queue", CharField()))
    return rows.order_by("priority", "pk")[:MOST]


_DUE: Final = Read(_due)


def due(queue: str, *, now: datetime) -> list[Following]:
    """Return up to `MOST` rows of a queue whose follower takes no leases: it locks the incident instead."""
    return _DUE.all(queue=queue, now=now, longest=now + retries.LONGEST_PAUSE)


def advance(row: Following, *, to: int, now: datetime) -> bool:
    """Move a row to the entry that was handled last, and close it unless more was recorded in the meantime.

    Return False when the row is no longer ours: then the work must be undone.
    """
    held = {"pk": row.pk, "attempts": row.attempts, "lease_owner": row.lease_owner, "seen": row.seen}
    return bool(_ADVANCE.run(**held, to=to, now=now))


def _advancing() -> tuple[QuerySet[Following], Mapping[str, Any]]:
    rows = Following.objects.filter(
        pk=Slot("pk", BigAutoField()),
        attempts=Slot("attempts", IntegerField()),
        lease_owner=Slot("lease_owner", CharField()),
        seen=Slot("seen", IntegerField()),
        is_open=True,  # an operator may have discarded it meanwhile
    )
    to = Slot("to", IntegerField())
    remains = Case(When(until__gt=to, then=Value(value=True)), default=Value(value=False), output_field=BooleanField())
    begun_again = {"attempts": 0, "failures": 0, "error": "", "not_before": None, "lease_until": None}
    return rows, {
        "seen": to,
        "is_open": remains,
        "closed_at": Slot("now", DateTimeField()),
        "lease_owner": "",
        **begun_again,
    }


_ADVANCE: Final = Update(_advancing)


def note_failure(row: Following, follower: Follower, error: Exception, *, now: datetime) -> None:
    """Note what handling the row raised: try again later, or keep the entry for operators and go on.

    An entry that only another version knows is left to its workers, and nothing counts.
    """
    if isinstance(error, unknown_kinds.Unknown):
        logger.warning("%s is left to another process. %s", row, error)
        _wait(row, not_before=now + LEAVE_FOR)
        return
    text = follower.without_secrets("".join(traceback.format_exception(error)))
    logger.error("The follower %s failed: %s\n%s", row.follower, row, text)
    # Where no lease was taken, two processes may have failed at the same time: that counts once.
    ours = endings.held_by_us(row).filter(seen=row.seen, failures=row.failures, is_open=True)
    row.failures += 1
    if row.failures >= follower.max_failures:
        fail_permanently(row, reason=text, now=now)
    else:
        endings.note_failure(ours, error=text, not_before=now + retries.pause(row.failures))


def leave(row: Following, *, error: str) -> None:
    """Let go of a row that this process can't handle, for a process that can. Nothing counts."""
    endings.put_back(endings.held_by_us(row), not_before=None, error=error)


def _wait(row: Following, *, not_before: datetime) -> None:
    attempts = max(0, row.attempts - 1)  # 0 where no lease was taken
    endings.held_by_us(row).update(lease_until=None, lease_owner="", attempts=attempts, not_before=not_before)


def fail_permanently(row: Following, *, reason: str, now: datetime) -> None:
    """Keep the entry that fails for operators, and let the cursor go on with the next one."""
    entry = next_entry(row)
    logger.error("The follower %s failed permanently: %s", row.follower, row)
    if not row.is_cursor or entry is None:
        endings.fail_permanently(endings.held_by_us(row), now=now, reason=reason, failures=row.failures)
        return
    with transaction.atomic():
        if not advance(row, to=entry.seq, now=now):
            return
        kept = Following(
            key=storing.short(f"{row.key}:{entry.seq}"),
            order_key=storing.short(f"{row.key}:{entry.seq}"),
            queue=row.queue,
            follower=row.follower,
            plugin=row.plugin,
            tier=row.tier,
            priority=row.priority,
            created_at=now,
            incident_id=row.incident_id,
            seen=entry.seq - 1,
            until=entry.seq,
            is_open=False,
            given_up_at=now,
            failures=row.failures,
            attempts=row.attempts,
            error=endings.shortened(reason),
        )
        storing.insert([kept], on_conflict="NOTHING")
