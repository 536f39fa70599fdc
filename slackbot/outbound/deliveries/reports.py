"""Tell the people of an incident what could not be sent."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min

from incidents import services
from incidents.models import EntryKind
from slackbot.models import OutboxEntry


def report(row: OutboxEntry, text: str, now: datetime, *, with_: str = "") -> None:
    """Tell the people of the row's incident on the timeline; once, as long as Slack goes on to refuse it."""
    if row.incident is None:
        return
    refused = OutboxEntry.objects.filter(incident=row.incident_id, is_open=True, refused_at__isnull=False)
    since = refused.aggregate(since=Min("refused_at"))["since"] or now
    told = row.incident.entries.filter(kind=EntryKind.TROUBLE, text=text, recorded_at__gte=since)
    if not told.exists():
        services.record_trouble(row.incident, with_=with_ or row.kind, text=text, at=now)
