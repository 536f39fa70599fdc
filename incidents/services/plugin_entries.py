"""Record entries of kinds that plugins add."""

from __future__ import annotations

from datetime import datetime

from incidents import entries, times, vetoes
from incidents.entries import Entry
from incidents.locking import lock
from incidents.models import Incident
from incidents.recording import record
from incidents.services.checking import check_text
from people.actors import Actor, allowed_to_system
from people.errors import InvalidValue


@vetoes.change
@allowed_to_system
def record_entry(
    incident: Incident, entry: Entry, *, by: Actor, at: datetime, happened_at: datetime | None = None
) -> None:
    """Write an entry of a plugin's kind into the timeline. It happened at `happened_at`, or now.

    Raise `TypeError` for Response's own kinds, which other services record with the change, and `InvalidValue` when the
    entry's text is empty or too long, or `happened_at` is in the future.
    """
    if entries.is_own(entry.kind):
        raise TypeError(f"{type(entry).__name__} is recorded by the service that makes the change.")
    other = entries.other_incident(entry.kind, entry.to_data())
    if other is not None and other.number is None:
        raise TypeError(f"{type(entry).__name__}.{entry.other_incident} must be the number of an incident.")
    lock(incident, by=by)
    entry = entry.cleaned()
    if not entry.text().strip():
        raise InvalidValue("The entry has no text.", field="text")
    check_text(entry.text(), field="text")
    if happened_at is not None and times.checked(happened_at, field="happened_at") > at:
        raise InvalidValue("That time is in the future.", field="happened_at")
    record(incident, entry, by=by, at=at, happened_at=happened_at)
