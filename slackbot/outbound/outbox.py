"""What Slack must see, as rows written in the transaction of whatever caused them.

A message is said once: its key is unique, and goes along in the message so that it can be found again. A picture has
one row for life: wanting it again opens the row, and however many changes are pending, it is drawn once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final, NotRequired, TypedDict, Unpack

from django.db.models import Case, F, PositiveIntegerField, Value, When

from incidents.models import Incident
from jobs import storing, wakeup
from jobs.tiers import Tier
from slackbot.kit.plugin_settings import without_secrets
from slackbot.models import OutboxEntry
from slackbot.outbound.deliveries.kind import KINDS

HEADLINE: Final = "headline"  # the kind of the row that draws an incident's headline
COMMAND: Final = "command that made entry "  # begins the keys of what is noted until the entry is projected

_TABLE: Final = "slackbot_outboxentry"
# What Slack refused may look different now, or be about somebody else, so it is tried at once.
_DRAWN_AGAIN: Final = ", ".join(
    (
        f"wanted = {_TABLE}.wanted + 1",
        "is_open = TRUE",
        "given_up_at = NULL",
        "closed_at = NULL",
        f"not_before = CASE WHEN {_TABLE}.is_open AND {_TABLE}.refused_at IS NULL THEN {_TABLE}.not_before END",
        *(
            f"{name} = CASE WHEN {_TABLE}.is_open THEN {_TABLE}.{name} ELSE excluded.{name} END"
            for name in ("created_at", "attempts", "failures", "refused_at")
        ),
    )
)


class Row(TypedDict):
    """What `entry` takes."""

    key: str
    kind: str
    now: datetime
    args: dict[str, Any]
    order_key: str
    incident: NotRequired[Incident | None]
    priority: NotRequired[int | None]
    expires_at: NotRequired[datetime | None]
    patience: NotRequired[timedelta | None]


def say(**row: Unpack[Row]) -> None:
    """Have something sent once. The same key again does nothing.

    With `patience` it is not looked at for so long, unless what it waits for is there: see `Kind.waits_for`.
    """
    store([entry(**row)])


def entry(
    *,
    key: str,
    kind: str,
    now: datetime,
    args: dict[str, Any],
    order_key: str,
    incident: Incident | None = None,
    priority: int | None = None,
    expires_at: datetime | None = None,
    patience: timedelta | None = None,
) -> OutboxEntry:
    """Return a row for `store`. Without a priority, it has that of its kind."""
    known = KINDS[kind]
    return OutboxEntry(
        key=storing.short(key),
        kind=kind,
        incident=incident,
        args=without_secrets(args),
        order_key=storing.short(order_key),
        priority=known.priority if priority is None else priority,
        tier=known.tier if expires_at is None else Tier.EXTRA,  # what may come too late is a reminder
        created_at=now,
        expires_at=expires_at,
        not_before=now + patience if patience else None,
    )


def store(rows: Iterable[OutboxEntry]) -> None:
    """Have many things sent, each once."""
    OutboxEntry.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)
    wakeup.wake_after_commit(OutboxEntry.QUEUE)


def draw(incident: Incident, *pictures: str, now: datetime, args: Mapping[str, Any] | None = None) -> None:
    """Have these pictures of the incident drawn from its state at the time of drawing.

    `args` are kept of the first time.
    """
    rows = [
        OutboxEntry(
            key=key_of(picture, incident),
            kind=picture,
            incident=incident,
            order_key=key_of(picture, incident),
            priority=KINDS[picture].priority,
            tier=KINDS[picture].tier,
            args=dict(args or {}),
            created_at=now,
        )
        for picture in pictures
    ]
    storing.insert(rows, on_conflict=f"UPDATE SET {_DRAWN_AGAIN}")
    wakeup.wake_after_commit(OutboxEntry.QUEUE)


def extend(row: OutboxEntry, *, args: Mapping[str, Any]) -> None:
    """Have a message say more: it is posted with this, or edited."""
    OutboxEntry.objects.filter(pk=row.pk).update(
        args=dict(args),
        wanted=F("wanted") + 1,
        is_open=True,
        closed_at=None,
        attempts=_unless_open("attempts", Value(0, PositiveIntegerField())),
        failures=_unless_open("failures", Value(0, PositiveIntegerField())),
    )
    wakeup.wake_after_commit(OutboxEntry.QUEUE)


def key_of(picture: str, incident: Incident) -> str:
    return f"{picture}:{incident.pk}"


def _unless_open(name: str, value: Value) -> Case:
    return Case(When(is_open=False, then=value), default=F(name), output_field=value.output_field)
