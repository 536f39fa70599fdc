"""Change one property by its name: normalize the value, compare, check, apply."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents import fields, queries, times
from incidents.locking import lock
from incidents.models import Incident, Kind, Status
from incidents.services.applying import apply_value
from incidents.services.checking import (
    check_begins_before_the_end,
    check_can,
    check_field,
    check_severity,
    check_started_at,
    check_status,
    check_text,
    check_title,
    normal_text,
    normal_title,
)
from incidents.services.wording import digest, in_words
from people.errors import Unchanged
from people.models import Person


def change_value(incident: Incident, field: str, value: Any, *, by: Person, at: datetime) -> None:
    lock(incident, by=by)
    value = normal_value(incident, field, value)
    if digest(value) == digest(present_value(incident, field)):
        raise Unchanged(_unchanged_sentence(incident, field))
    check_value(incident, field, value, at=at, coming={})
    apply_value(incident, field, value, by=by, at=at)


def _unchanged_sentence(incident: Incident, field: str) -> str:
    present = present_value(incident, field)
    match field:
        case "lead":
            return f"{present} already leads {incident.reference}."
        case "severity" | "status" | "kind":
            return f"{incident.reference} is already {in_words(present)}."
        case _:
            return f"The {label_of(field)} of {incident.reference} already says that."


def label_of(field: str) -> str:
    name = fields.name_of(field)
    if name is not None:
        return f"“{fields.registry.get(name).label}”"
    return {"started_at": "start time"}.get(field, field)


def normal_value(incident: Incident, field: str, value: Any) -> Any:
    """Return `value` in the form in which it is stored."""
    name = fields.name_of(field)
    if name is not None:
        return _normal_field(incident, name, value)
    match field:
        case "title":
            return normal_title(value)
        case "summary" | "impact":
            return normal_text(value)
        case "started_at":
            return times.checked(value, field="started_at")
        case _:
            return value


def _normal_field(incident: Incident, name: str, value: Any) -> Any:
    field = fields.registry.get(name)
    value = value.pk if isinstance(value, Person) else value
    # What it says already may stay, even an option that is no longer offered.
    present = incident.field_values.get(name)
    return present if value == present else fields.normal(field, value)


def check_value(incident: Incident, field: str, value: Any, *, at: datetime, coming: Mapping[str, Any]) -> None:
    """Refuse a normal value that `incident` cannot take. `coming` is what else the same edit changes."""
    name = fields.name_of(field)
    if name is not None:
        check_field(incident, name, value)
        return
    match field:
        case "title":
            check_title(value)
        case "summary" | "impact":
            check_text(value, field=field)
        case "severity":
            check_severity(value)
        case "lead":
            check_can(value, "lead", field="lead")
        case "started_at":
            check_started_at(value, at=at)
            check_begins_before_the_end(incident, value)
        case "status":
            check_status(incident, value, coming=coming)


def present_value(incident: Incident, field: str) -> Any:
    name = fields.name_of(field)
    if name is not None:
        return incident.field_values.get(name)
    match field:
        case "kind":
            return Kind(incident.kind)
        case "status":
            return Status(incident.status)
        case _:
            return getattr(incident, field)


def present_words(incident: Incident, field: str) -> str:
    """Return what `field` says now, as plain words."""
    name, present = fields.name_of(field), present_value(incident, field)
    if name is None:
        return in_words(present)
    custom = fields.registry.get(name)
    return fields.words(custom, present, names=queries.names_in_field(custom, present))
