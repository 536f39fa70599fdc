"""Run followers in workers of a queue: one entry in one transaction, which also moves the cursor."""

from __future__ import annotations

import logging
from collections.abc import Hashable
from datetime import datetime
from functools import partial
from typing import Any, Final

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from incidents import vetoes
from incidents.followers import cursors, registry
from incidents.followers.registry import Follower, Handle
from incidents.models import Following, Incident, TimelineEntry
from jobs import claims, late_locks, queues, retries, switches, unknown_kinds
from jobs.moments import Moment
from jobs.queues import Clock, Queue
from jobs.time_limits import time_limit
from jobs.work_log import about
from people.errors import Refusal

logger = logging.getLogger(__name__)

_unknown: Final = unknown_kinds.UnknownKinds()


def serve(name: str, **more: Any) -> None:
    """Register a queue whose workers run the followers that name it. `more` is passed to `Queue`."""
    queues.register(
        Queue(
            name=name,
            rows=lambda: Following.objects.filter(queue=name),
            claim_next=partial(_claim_next, name),
            is_waiting=partial(_is_waiting, name),
            work_on=work_on,
            **more,
        )
    )


def _claim_next(queue: str, now: datetime) -> Following | None:
    return claims.claim_next(_search, *_state(queue), now=now)


def _is_waiting(queue: str, since: datetime) -> bool:
    return claims.is_waiting(_search, *_state(queue), since=since)


def _state(queue: str) -> tuple[Hashable, ...]:
    return queue, _unknown.noted, switches.by_environment()


def _search(now: Moment, queue: str, *_: object) -> claims.Candidates[Following]:
    rows = switches.running(Following.objects.filter(queue=queue))
    earlier = rows.filter(is_open=True, order_key=OuterRef("order_key"), pk__lt=OuterRef("pk"))
    ours = _unknown.left_alone(rows, now)
    return claims.Candidates(claims.due(ours, now), ~Exists(earlier), rows, Q(), ("pk",))


def work_on(row: Following, now: Clock) -> None:
    """Hand over the next entry of a claimed row. Whatever goes wrong ends in the row."""
    with about(delivery=row.key, handler=row.follower, attempt=row.attempts):
        follower = registry.find(row.follower)
        if follower is None or follower.handle is None:
            _leave_to_others(row, now())
        elif retries.deaths(row) >= retries.MAX_DEATHS:
            cursors.fail_permanently(row, reason=retries.why_deadly(row), now=now())
        else:
            try:
                _hand_over(row, follower, follower.handle, now)
            except Exception as error:  # noqa: BLE001 — a follower may raise anything; nobody else is stopped
                cursors.note_failure(row, follower, error, now=now())


def _leave_to_others(row: Following, now: datetime) -> None:
    """Another version may know the follower. If nobody does, its plugin is gone."""
    unknown = unknown_kinds.Unknown(f"the follower {row.follower}")
    if unknown_kinds.is_nobodys(row, now):
        cursors.fail_permanently(row, reason=unknown.reason, now=now)
    else:
        _unknown.note(follower=row.follower)
        cursors.leave(row, error=str(unknown))


def _hand_over(row: Following, follower: Follower, handle: Handle, now: Clock) -> None:
    entry = cursors.next_entry(row)
    if entry is None:
        cursors.advance(row, to=row.until, now=now())
        return
    with time_limit(follower.time_limit):
        try:
            if follower.in_transaction:
                _run_in_transaction(row, handle, entry, now)
            else:
                handle(row, _incident_of(row), entry, now())
                cursors.advance(row, to=entry.seq, now=now())
        except Refusal as refusal:  # an answer: what it did is undone, and it isn't asked again
            logger.info("The follower %s refused %s: %s", row.follower, row, refusal)
            cursors.advance(row, to=entry.seq, now=now())


def _run_in_transaction(row: Following, handle: Handle, entry: TimelineEntry, now: Clock) -> None:
    def whole() -> None:
        with transaction.atomic():
            handle(row, _incident_of(row), entry, now())
            if not cursors.advance(row, to=entry.seq, now=now()):
                transaction.set_rollback(True)

    late_locks.run(partial(vetoes.asking, whole), locks_late=bool(row.plugin))


def _incident_of(row: Following) -> Incident:
    return Incident.objects.get(pk=row.incident_id)
