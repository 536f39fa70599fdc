"""What Slack must see, as rows written in the transaction of whatever caused them.

A message is said once: its key is unique, and goes along in the message so that it can be found again. A picture has
one row for life: wanting it again opens the row, and however many changes are pending, it is drawn once.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db.models import F

from incidents.models import Incident
from slackbot import doorbell, queue, tiers
from slackbot.models import OutboxEntry

URGENT: Final = 0  # headline, channel, answers to somebody who waits
NORMAL: Final = 5
CHATTY: Final = 9


def say(
    *,
    key: str,
    kind: str,
    now: datetime,
    args: dict[str, Any],
    order_key: str,
    incident: Incident | None = None,
    priority: int = NORMAL,
    expires_at: datetime | None = None,
) -> None:
    """Have something sent once. The same key again does nothing."""
    row = OutboxEntry(
        key=queue.short(key),
        kind=kind,
        incident=incident,
        args=args,
        order_key=queue.short(order_key),
        priority=priority,
        tier=tiers.going_out(kind, expires=expires_at is not None),
        created_at=now,
        expires_at=expires_at,
    )
    OutboxEntry.objects.bulk_create([row], ignore_conflicts=True)
    doorbell.ring_after_commit("outbox")


def draw(kind: str, incident: Incident, *, now: datetime, priority: int = NORMAL) -> None:
    """Have a picture of the incident drawn from its state at the time of drawing."""
    key = f"{kind}:{incident.pk}"
    row, new = OutboxEntry.objects.get_or_create(
        key=key,
        defaults={
            "kind": kind,
            "incident": incident,
            "order_key": key,
            "priority": priority,
            "tier": tiers.going_out(kind, expires=False),
            "created_at": now,
        },
    )
    if not new:
        fresh = {} if row.is_open else {"created_at": now, "attempts": 0, "failures": 0, "not_before": None}
        OutboxEntry.objects.filter(pk=row.pk).update(
            wanted=F("wanted") + 1, is_open=True, given_up_at=None, closed_at=None, **fresh
        )
    doorbell.ring_after_commit("outbox")
