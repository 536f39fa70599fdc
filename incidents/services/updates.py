"""Post status updates."""

from __future__ import annotations

from datetime import datetime

from incidents import vetoes
from incidents.locking import lock
from incidents.models import EntryKind, Incident
from incidents.services.checking import checked_text
from incidents.services.recording import record
from people.errors import InvalidValue
from people.models import Person


@vetoes.change
def post_update(incident: Incident, *, text: str, by: Person, at: datetime) -> None:
    """Tell everybody how it stands. The newest update is what the headline shows. After the end it is a final one."""
    lock(incident, by=by)
    text = checked_text(text, field="update")
    if not text:
        raise InvalidValue("Write the update.", field="update")
    data = {} if incident.is_open else {"final": True}
    record(incident, EntryKind.UPDATE_POSTED, text, by=by, at=at, data=data)
