"""Entries of an incident's timeline, one row for each handler that waits for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from incidents.models import Incident, TimelineEntry
from jobs import wakeup
from jobs.tiers import Tier
from slackbot.inbound import inbox
from slackbot.inbound.effects import carry_out
from slackbot.inbound.job_kinds.kind import ENTRY, NUMBER, InboxKind, inbox_kind
from slackbot.inbound.row_parts import handler_of, incident_with, lasting_key
from slackbot.kit.contexts import IncidentEventContext
from slackbot.kit.registry import IncidentEvent, registry
from slackbot.models import InboxEntry
from slackbot.outbound import projector


@inbox_kind("incident_event", background="background event")
class IncidentEventKind(InboxKind):
    """One timeline entry for one handler that waits for such entries."""

    handles = (IncidentEvent,)
    tier = Tier.EXTRA
    acts_as_person = False
    speaks = True
    refers_to: Mapping[str, str] = {"incident": NUMBER, "entry": ENTRY}

    def run(self, row: InboxEntry, now: datetime) -> None:
        handler = handler_of(row, IncidentEvent)
        entry = TimelineEntry.objects.select_related("actor").get(pk=row.payload["entry"])
        incident = incident_with(entry.incident_id)
        context = IncidentEventContext(now=now, incident=incident, entry=entry, key=lasting_key(row))
        handler.handler(context)
        carry_out(context.effects, key=row.key, origin=None, incident=incident, by=entry.actor, now=now)


def hand_over(incident: Incident, entry: TimelineEntry, now: datetime) -> None:
    """Leave an entry to each handler that waits for such entries."""
    rows = [
        inbox.entry_for(
            handler,
            key=f"entry:{entry.pk}:{handler.id}",
            payload={"entry": entry.pk},
            order_key=inbox.order_of(f"incident:{incident.pk}", handler),
            now=now,
        )
        for handler in registry.incident_events.get(entry.kind, [])
    ]
    if rows:
        inbox.store(rows)
        for queue in {row.queue for row in rows}:
            wakeup.wake_after_commit(queue)


projector.follow(hand_over)
