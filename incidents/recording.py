"""Record a change: save the incident, write the timeline entry, and open the cursors of followers."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from incidents import activity, vetoes
from incidents.entries import Entry
from incidents.followers.opening import open_cursors
from incidents.models import Incident, TimelineEntry
from people.actors import Actor, person_of


def record(
    incident: Incident,
    entry: Entry,
    *,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    changed: Sequence[str] = (),
) -> TimelineEntry:
    """Save what `changed` of the incident, and return the new entry. Raise `Vetoed` when a plugin refuses."""
    vetoes.consider(incident, entry.kind, by=by, text=entry.text(), data=entry.to_data())
    return record_unasked(incident, entry, by=by, at=at, happened_at=happened_at, changed=changed)


def record_unasked(
    incident: Incident,
    entry: Entry,
    *,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
    changed: Sequence[str] = (),
) -> TimelineEntry:
    """Do what `record` does for a change that plugins can't refuse."""
    incident.version += 1
    incident.save(update_fields=["version", *changed])
    return write_entry(incident, entry, by=by, at=at, happened_at=happened_at)


def write_entry(
    incident: Incident,
    entry: Entry,
    *,
    by: Actor,
    at: datetime,
    happened_at: datetime | None = None,
) -> TimelineEntry:
    """Write and return the entry of a saved incident. Every entry is written here."""
    written = TimelineEntry.objects.create(
        incident=incident,
        seq=incident.version,
        kind=entry.kind,
        happened_at=happened_at or at,
        recorded_at=at,
        actor=person_of(by),
        text=entry.text(),
        data=entry.to_data(),
    )
    activity.note_change(incident, entry.kind, by=by, at=at)
    open_cursors(incident, at=at)
    return written
