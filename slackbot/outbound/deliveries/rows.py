"""What a row of the outbox has noted, and the incident that it is about."""

from __future__ import annotations

from typing import Any

from incidents.models import Incident
from slackbot.models import OutboxEntry


def incident_of(row: OutboxEntry) -> Incident:
    """Return the row's incident. Raise ValueError if it has none."""
    if row.incident is None:
        raise ValueError(f"A {row.kind} row needs an incident")
    return row.incident


def noted(row: OutboxEntry, name: str, default: Any) -> Any:
    """Return what an earlier call of the row noted under this name."""
    return (row.result or {}).get(name, default)
