"""Scheduled work of plugins: once, because a handler asked for it, or periodically.

Each is a row with a `due_at`. A due row is claimed by a conditional update and handed to the inbox in the same
transaction, so it runs once, with any number of schedulers and whatever is killed. A clock that is set back runs
nothing twice, and delays periodic work by at most one period.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from jobs import storing, unknown_kinds
from slackbot.inbound import inbox
from slackbot.kit.registry import Periodic, ScheduledWork, registry
from slackbot.models import InboxEntry, Scheduled


def hand_over_due(now: datetime) -> int:
    """Hand due rows to the inbox; return how many."""
    if registry.periodic:
        _begin_periodic(now)
    handlers = [*registry.scheduled, *registry.periodic]
    if not handlers:
        return 0
    # Rows for another version's handlers are left to its processes.
    due = Scheduled.objects.filter(is_open=True, due_at__lte=now, handler__in=handlers).order_by("due_at")[:100]
    return sum(_hand_over(each, now) for each in list(due))


def _begin_periodic(now: datetime) -> None:
    """Ensure that each periodic handler has a row that is due within one period."""
    known = {each.handler: each for each in Scheduled.objects.filter(key__in=[_key(each) for each in _periodic()])}
    new = [
        Scheduled(key=_key(each), handler=each.id, due_at=now + each.every, created_at=now)
        for each in _periodic()
        if each.id not in known
    ]
    if new:
        Scheduled.objects.bulk_create(new, ignore_conflicts=True)
    for each in _periodic():
        row = known.get(each.id)
        if row is not None and (row.due_at > now + each.every or not row.is_open):
            Scheduled.objects.filter(pk=row.pk).update(due_at=now + each.every, is_open=True)


def _periodic() -> list[Periodic]:
    return list(registry.periodic.values())


def _key(handler: Periodic) -> str:
    return storing.short(f"periodic:{handler.id}")


@transaction.atomic
def _hand_over(row: Scheduled, now: datetime) -> bool:
    claim = Scheduled.objects.filter(pk=row.pk, due_at=row.due_at, is_open=True)
    periodic = registry.periodic.get(row.handler)
    if periodic is not None:
        following = row.due_at + periodic.every
        following = following if following > now else now + periodic.every
        if not claim.update(due_at=following, turns=F("turns") + 1):
            return False
        if InboxEntry.objects.filter(is_open=True, order_key=storing.short(f"periodic:{row.pk}")).exists():
            return False  # the previous turn is still running, or being retried
        handler: ScheduledWork = periodic
        key, order_key = f"periodic:{row.pk}:{row.turns}", f"periodic:{row.pk}"
    else:
        if not claim.update(is_open=False):
            return False
        key = order_key = f"later:{row.pk}"
        handler = registry.scheduled[row.handler]
    inbox.hand_over(
        {"scheduled": row.pk, **({"incident": row.incident.number} if row.incident else {})},
        key=key,
        order_key=order_key,
        handler=handler,
        now=now,
    )
    return True


def end_forgotten(now: datetime) -> list[Scheduled]:
    """End rows whose handler has long been unknown, and return them: their plugin is gone."""
    late = Scheduled.objects.filter(is_open=True, due_at__lt=now - unknown_kinds.UNKNOWN_FOR)
    gone = list(late.exclude(handler__in=[*registry.scheduled, *registry.periodic]))
    return [each for each in gone if Scheduled.objects.filter(pk=each.pk, due_at=each.due_at).update(is_open=False)]


def throw_away_old(now: datetime) -> None:
    Scheduled.objects.filter(is_open=False, due_at__lt=now - storing.KEPT_FOR).delete()
