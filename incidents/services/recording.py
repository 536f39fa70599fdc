"""Record a change: save the incident, and write the timeline entry."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from incidents import activity, news, vetoes
from incidents.models import EntryKind, Incident, TimelineEntry
from people.actors import Actor, person_of


def record(
    incident: Incident,
    kind: EntryKind,
    text: str,
    *,
    by: Actor,
    at: datetime,
    data: dict[str, Any],
    happened_at: datetime | None = None,
    changed: Sequence[str] = (),
) -> None:
    """Save what `changed` of the incident, and tell it. Raise `Vetoed` when a plugin refuses."""
    vetoes.consider(incident, kind, by=by, text=text, data=data)
    incident.version += 1
    incident.save(update_fields=["version", *changed])
    write_entry(incident, kind, text, by=by, at=at, data=data, happened_at=happened_at)


def write_entry(
    incident: Incident,
    kind: EntryKind,
    text: str,
    *,
    by: Actor,
    at: datetime,
    data: dict[str, Any],
    happened_at: datetime | None = None,
) -> None:
    TimelineEntry.objects.create(
        incident=incident,
        seq=incident.version,
        kind=kind,
        happened_at=happened_at or at,
        recorded_at=at,
        actor=person_of(by),
        text=text,
        data=data,
    )
    activity.note_change(incident, kind, by=by, at=at)
    news.announce_after_commit(incident.pk)
