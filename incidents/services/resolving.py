"""End an incident: resolve or cancel it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents import entries, fields, vetoes
from incidents.errors import AlreadyResolved
from incidents.locking import lock
from incidents.models import Incident, Status
from incidents.recording import record
from incidents.services.applying import apply_status, apply_value
from incidents.services.changing import check_value, normal_value, present_value
from incidents.services.checking import check_open, check_status, checked_text
from people.errors import Unchanged
from people.models import Person


@vetoes.change
def resolve_incident(
    incident: Incident,
    *,
    by: Person,
    at: datetime,
    final_update: str = "",
    answers: Mapping[str, Any] | None = None,
) -> None:
    """End it. A `final_update` is posted first, and `answers` are written: custom fields by name."""
    lock(incident, by=by)
    if incident.is_resolved:
        raise AlreadyResolved(f"{incident.reference} is already resolved.")
    said = {fields.key(name): value for name, value in (answers or {}).items()}
    said = {key: normal_value(incident, key, value) for key, value in said.items()}
    for key, value in said.items():
        check_value(incident, key, value, at=at, coming=said)
    check_status(incident, Status.RESOLVED, coming=said)
    for key, value in said.items():
        if value != present_value(incident, key):
            apply_value(incident, key, value, by=by, at=at)
    _post_final(incident, final_update, by=by, at=at)
    apply_status(incident, Status.RESOLVED, by=by, at=at)


@vetoes.change
def cancel_incident(incident: Incident, *, by: Person, at: datetime, final_update: str = "") -> None:
    """Say that it was none: a false alarm, or declared by mistake. A `final_update` is posted first."""
    lock(incident, by=by)
    if incident.status == Status.CANCELED and not final_update:
        raise Unchanged(f"{incident.reference} is already canceled.")
    check_open(incident, then="cancel it")
    _post_final(incident, final_update, by=by, at=at)
    apply_status(incident, Status.CANCELED, by=by, at=at)


def _post_final(incident: Incident, text: str, *, by: Person, at: datetime) -> None:
    text = checked_text(text, field="final_update")
    if text:
        record(incident, entries.UpdatePosted(words=text, final=True), by=by, at=at)
