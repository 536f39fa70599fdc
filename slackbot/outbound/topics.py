"""When to set a channel's topic. Slack posts a notice of each new topic, so changes that can wait are combined.

It is set at once when the severity rises, when the incident ends or is reopened, and at the first change. A first lead
waits until two minutes after the last topic, everything else until twenty.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.db.models import BigAutoField, CharField, QuerySet, Subquery

from incidents.models import EntryKind, Incident, TimelineEntry
from jobs.compiled_queries import Read, Slot
from slackbot.models import CommsChannel, OutboxEntry, Reminder
from slackbot.outbound import outbox

TOPIC: Final = "topic"  # the kind of the row, and the name of the reminder to set it
SOON: Final = timedelta(minutes=2)
PAUSE: Final = timedelta(minutes=20)
AT_ONCE: Final = (
    *EntryKind.endings(),
    EntryKind.REOPENED,
    EntryKind.REDACTED,
    # of the incident with which this one is merged
    EntryKind.MADE_PRIVATE,
    EntryKind.MADE_PUBLIC,
)


def follow(incident: Incident, entry: TimelineEntry, *, now: datetime) -> None:
    """Set the topic now or schedule it, under the incident's lock."""
    row: Any = _SHOWN.first(incident=incident.pk, key=outbox.key_of(TOPIC, incident))
    due_at = _due_at(incident, entry, (row.result or {}) if row else {}, now=now)
    if due_at > now and row is not None and not row.is_open:
        if row.planned_at is None or row.planned_at > due_at:
            later = Reminder(incident=incident, handler=TOPIC, due_at=due_at)
            Reminder.objects.bulk_create(
                [later],
                update_conflicts=True,
                unique_fields=["incident", "handler"],
                update_fields=["due_at", "is_open"],
            )
        return
    outbox.draw(incident, TOPIC, now=now)


def _shown() -> QuerySet[OutboxEntry]:
    incident = Slot("incident", BigAutoField())
    planned = Reminder.objects.filter(incident=incident, handler=TOPIC, is_open=True).values("due_at")
    return OutboxEntry.objects.annotate(planned_at=Subquery(planned)).filter(key=Slot("key", CharField()))


_SHOWN: Final = Read(_shown)


def draw_with_headline(incident: Incident, *, now: datetime) -> None:
    """Draw the headline, and the topic of the incident's channel if it has one."""
    outbox.draw(incident, outbox.HEADLINE, *([TOPIC] if CommsChannel.of(incident) else []), now=now)


def _due_at(incident: Incident, entry: TimelineEntry, shown: dict[str, Any], *, now: datetime) -> datetime:
    """Return when the change must be in the topic. `shown` is what it shows and since when; {} if unknown."""
    set_at = min(datetime.fromtimestamp(shown.get("at", 0), tz=UTC), now)  # the clock may have been wrong at that time
    rank = incident.severity.rank if incident.severity else None
    rises = rank is not None and (shown.get("rank") is None or rank < shown["rank"])
    if entry.kind in AT_ONCE or rises or shown.get("is_first"):
        return set_at
    # Whatever comes later finds that the first lead has scheduled it.
    is_lead = entry.kind == EntryKind.LEAD_ASSIGNED
    first_lead = is_lead and not shown.get("has_lead") and incident.lead is not None
    return set_at + (SOON if first_lead else PAUSE)


def what_is_shown(incident: Incident, *, before: dict[str, Any], now: datetime) -> dict[str, Any]:
    """Return what `_due_at` needs to know about a topic that was just set."""
    return {
        "at": now.timestamp(),
        "rank": incident.severity.rank if incident.severity else None,
        "has_lead": incident.lead is not None,
        "is_first": "topic" not in before,
    }


def is_due(reminder: Reminder, *, now: datetime) -> bool:
    """Set the scheduled topic, once even with several schedulers; return whether this one did."""
    with transaction.atomic():
        claim = Reminder.objects.filter(pk=reminder.pk, due_at=reminder.due_at, is_open=True)
        if not claim.update(is_open=False):
            return False
        outbox.draw(reminder.incident, TOPIC, now=now)
        return True
