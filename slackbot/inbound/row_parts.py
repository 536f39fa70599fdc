"""Read what a row of the inbox refers to: its handler, an incident, a key for other systems."""

from __future__ import annotations

from typing import TypeVar

from incidents import queries
from incidents.models import Incident
from jobs import unknown_kinds
from jobs.work_log import note
from slackbot.kit.registry import Registered, registry
from slackbot.models import InboxEntry

H = TypeVar("H", bound=Registered)


def incident_with(pk: int) -> Incident:
    """Return the incident with this key, and have the log say which one it is."""
    incident = queries.incidents(queries.SYSTEM).get(pk=pk)
    note(incident=incident.reference)
    return incident


def handler_of(row: InboxEntry, kind: type[H]) -> H:
    """Return the row's handler. Raise `unknown_kinds.Unknown` if no handler of this type has its name here."""
    handler = registry.by_id.get(row.handler)
    if not isinstance(handler, kind):
        raise unknown_kinds.Unknown(row.handler)
    return handler


def lasting_key(row: InboxEntry) -> str:
    """Return a key of this row that no other deployment's row has: primary keys begin with 1 everywhere."""
    return f"{row.key}:{row.created_at.timestamp():.6f}"
