"""Entries of an incident's timeline, one row for each handler that waits for them."""

from __future__ import annotations

from datetime import datetime

from incidents.models import TimelineEntry
from slackbot.inbound.effects import carry_out
from slackbot.inbound.row_parts import handler_of, incident_with, lasting_key
from slackbot.kit.contexts import IncidentEventContext
from slackbot.kit.registry import IncidentEvent
from slackbot.models import InboxEntry


def run_incident_event(row: InboxEntry, now: datetime) -> None:
    handler = handler_of(row, IncidentEvent)
    entry = TimelineEntry.objects.select_related("actor").get(pk=row.payload["entry"])
    incident = incident_with(entry.incident_id)
    context = IncidentEventContext(now=now, incident=incident, entry=entry, key=lasting_key(row))
    handler.handler(context)
    carry_out(context.effects, key=row.key, origin=None, incident=incident, by=entry.actor, now=now)
