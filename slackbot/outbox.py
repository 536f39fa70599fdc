"""What Slack must see, as rows written in the transaction of whatever caused them.

A message is said once: its key is unique, and goes along in the message so that it can be found again. A picture has
one row for life: wanting it again opens the row, and however many changes are pending, it is drawn once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import Case, DateTimeField, F, PositiveIntegerField, Value, When

from incidents.models import Incident
from slackbot import doorbell, queue, tiers
from slackbot.models import OutboxEntry

URGENT: Final = 0  # headline, channel, answers to somebody who waits
NORMAL: Final = 5
CHATTY: Final = 9
URGENT_PICTURES: Final = ("headline", "members")


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
    patience: timedelta | None = None,
) -> None:
    """Have something sent once. The same key again does nothing.

    With `patience` it is not looked at for so long, unless what it waits for is there: see `slackbot.outgoing.WAITING`.
    """
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
        not_before=now + patience if patience else None,
    )
    OutboxEntry.objects.bulk_create([row], ignore_conflicts=True)
    doorbell.ring_after_commit("outbox")


def draw(incident: Incident, *pictures: str, now: datetime, args: Mapping[str, Any] | None = None) -> None:
    """Have these pictures of the incident drawn from its state at the time of drawing.

    `args` are kept of the first time.
    """
    rows = [
        OutboxEntry(
            key=_key_of(picture, incident),
            kind=picture,
            incident=incident,
            order_key=_key_of(picture, incident),
            priority=URGENT if picture in URGENT_PICTURES else NORMAL,
            tier=tiers.going_out(picture, expires=False),
            args=dict(args or {}),
            created_at=now,
            wanted=0,
        )
        for picture in pictures
    ]
    OutboxEntry.objects.bulk_create(rows, ignore_conflicts=True)
    anew = {
        "created_at": Value(now, DateTimeField()),
        "attempts": Value(0, PositiveIntegerField()),
        "failures": Value(0, PositiveIntegerField()),
        "not_before": Value(None, DateTimeField()),
    }
    OutboxEntry.objects.filter(key__in=[row.key for row in rows]).update(
        wanted=F("wanted") + 1,
        is_open=True,
        given_up_at=None,
        closed_at=None,
        **{name: _unless_open(name, value) for name, value in anew.items()},
    )
    doorbell.ring_after_commit("outbox")


def _key_of(picture: str, incident: Incident) -> str:
    return f"{picture}:{incident.pk}"


def _unless_open(name: str, value: Value) -> Case:
    return Case(When(is_open=False, then=value), default=F(name), output_field=value.output_field)
