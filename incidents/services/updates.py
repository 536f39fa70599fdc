"""Post status updates."""

from __future__ import annotations

from datetime import datetime

from incidents import entries, vetoes
from incidents.locking import lock
from incidents.models import Incident
from incidents.recording import record
from incidents.services.checking import checked_text
from people.errors import InvalidValue
from people.models import Person


@vetoes.change
def post_update(incident: Incident, *, text: str, by: Person, at: datetime) -> None:
    """Tell everybody how it stands. The newest update is what the headline shows. After the end it is a final one."""
    lock(incident, by=by)
    text = checked_text(text, field="update")
    if not text:
        raise InvalidValue("Write the update.", field="update")
    record(incident, entries.UpdatePosted(words=text, final=not incident.is_open), by=by, at=at)
