"""Make the changes of a form, without undoing what others wrote in the meantime."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypedDict

from incidents import fields, vetoes
from incidents.locking import lock
from incidents.models import Incident, Kind, Severity, Status
from incidents.services.applying import APPLY, apply_value
from incidents.services.changing import check_value, label_of, normal_value, present_value, present_words
from incidents.services.wording import digest
from people.errors import Conflict
from people.models import Person


class Edits(TypedDict, total=False):
    """What a form wants an incident to say. A field that is absent, or None, is left alone."""

    title: str
    summary: str
    impact: str
    severity: Severity | None
    kind: Kind
    status: Status
    lead: Person | None
    started_at: datetime | None
    fields: Mapping[str, Any]  # the custom ones by name; here None empties a field


def fingerprint(incident: Incident) -> dict[str, str]:
    """What the incident's editable fields say now, eight characters each, for a form to bring back as `seen`."""
    names = [*APPLY, *(field.key for field in fields.registry.all())]
    return {field: digest(present_value(incident, field)) for field in names}


@vetoes.change
def edit_incident(incident: Incident, *, wanted: Edits, seen: Mapping[str, str], by: Person, at: datetime) -> list[str]:
    """Make a form's changes and return the names of the fields that changed.

    `seen` is the `fingerprint` of when the form was opened. Fields that the writer left as they were are not written,
    so nobody's newer words are undone; a field that both changed raises `Conflict`.
    """
    lock(incident, by=by)
    changes = _changes(incident, wanted=wanted, seen=seen)
    for field, value in changes.items():
        check_value(incident, field, value, at=at, coming=changes)
    for field, value in changes.items():
        apply_value(incident, field, value, by=by, at=at)
    return list(changes)


def _changes(incident: Incident, *, wanted: Edits, seen: Mapping[str, str]) -> dict[str, Any]:
    """Return what the writer wrote that the incident does not say yet, by field."""
    changes = {}
    for field, value in _by_key(wanted).items():
        value = normal_value(incident, field, value)
        present = present_value(incident, field)
        untouched = digest(value) == seen.get(field)
        if untouched or digest(value) == digest(present):
            continue
        if field in seen and digest(present) != seen[field]:
            now = present_words(incident, field)
            raise Conflict(
                f"Somebody changed the {label_of(field)} while you were writing. It now says: {now or 'nothing'}",
                field=field,
                current=now,
            )
        changes[field] = value
    return changes


def _by_key(wanted: Edits) -> dict[str, Any]:
    """Return all that is to be said, custom fields by their keys, and first: resolving may need them."""
    custom = {fields.key(name): value for name, value in wanted.get("fields", {}).items()}
    return custom | {field: value for field, value in wanted.items() if field != "fields" and value is not None}
