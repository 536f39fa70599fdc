"""What a row of the outbox has noted, and the incident that it is about."""

from __future__ import annotations

from typing import Any

from incidents.models import Incident
from slackbot.models import OutboxEntry


def incident_of(row: OutboxEntry) -> Incident:
    if row.incident is None:
        raise ValueError(f"A {row.kind} row needs an incident")
    return row.incident


def noted(row: OutboxEntry, name: str, default: Any) -> Any:
    return (row.result or {}).get(name, default)
