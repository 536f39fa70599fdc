"""Write notes into the timeline."""

from __future__ import annotations

from datetime import datetime

from incidents import entries, times, vetoes
from incidents.locking import lock
from incidents.models import Incident
from incidents.recording import record
from incidents.services.checking import checked_text
from people.errors import InvalidValue
from people.models import Person


@vetoes.change
def add_note(
    incident: Incident,
    *,
    text: str,
    by: Person,
    at: datetime,
    happened_at: datetime | None = None,
    source: str = "",
) -> None:
    """Write something into the timeline that happened at `happened_at`, or now.

    `source` names the message in which it was written, if it is to follow that message.
    """
    lock(incident, by=by)
    text = checked_text(text, field="note")
    if not text:
        raise InvalidValue("Write what happened.", field="note")
    if happened_at is not None and times.checked(happened_at, field="happened_at") > at:
        raise InvalidValue("That time is in the future.", field="happened_at")
    record(incident, entries.NoteAdded(words=text, source=source), by=by, at=at, happened_at=happened_at)
