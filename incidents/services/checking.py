"""Refuse values that an incident cannot take, and changes in the wrong state."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents import emoji, fields
from incidents.fields import FieldKind, Required
from incidents.models import Incident, Severity, Status
from incidents.services.wording import in_words
from incidents.texts import typed_length
from people.errors import InvalidValue, WrongState
from people.models import Person
from people.texts import can_be_seen, cleaned, one_line


def check_open(incident: Incident, *, then: str) -> None:
    if not incident.is_open:
        present = in_words(Status(incident.status))
        raise WrongState(f"{incident.reference} is {present}. Reopen it first, then {then}.")


def normal_title(title: str) -> str:
    return emoji.drawn(one_line(title))


def normal_text(text: str) -> str:
    return cleaned(text).strip()


def check_title(title: str) -> None:
    if not can_be_seen(title):
        raise InvalidValue("Give the incident a title.", field="title")
    if len(title) > Incident.TITLE_MAX:
        raise InvalidValue(
            f"The title is too long: {len(title)} characters, at most {Incident.TITLE_MAX}.", field="title"
        )


def checked_text(text: str, *, field: str) -> str:
    text = normal_text(text)
    check_text(text, field=field)
    return text


def check_text(text: str, *, field: str) -> None:
    if (length := typed_length(text)) > Incident.TEXT_MAX:
        name = field.replace("_", " ")
        raise InvalidValue(f"The {name} is too long: {length} characters, at most {Incident.TEXT_MAX}.", field=field)


def check_severity(severity: Severity) -> None:
    if not severity.is_active:
        raise InvalidValue(f"{severity} is no longer in use. Choose another severity.", field="severity")


def check_field(incident: Incident, name: str, value: Any) -> None:
    field = fields.registry.get(name)
    if value is None and (
        field.required == Required.DECLARING or (field.required == Required.RESOLVING and incident.is_resolved)
    ):
        raise InvalidValue(f"“{field.label}” can't be empty.", field=field.key)
    check_person(name, value)


def check_person(name: str, value: Any) -> None:
    field = fields.registry.get(name)
    if field.kind != FieldKind.PERSON or value is None:
        return
    person = Person.objects.filter(pk=value).first()
    if person is None:
        raise InvalidValue(
            f"“{field.label}” must be a person, and there is no person with the number {value}.", field=field.key
        )
    check_can(person, "be named here", field=field.key)


def _check_said_before_resolving(incident: Incident, coming: Mapping[str, Any]) -> None:
    said = incident.field_values | {fields.name_of(key): value for key, value in coming.items()}
    missing = fields.registry.needed_to_resolve(said)
    if missing:
        labels = ", ".join(f"“{field.label}”" for field in missing)
        raise InvalidValue(f"Before you resolve {incident.reference}, set {labels}.", field=missing[0].key)


def check_status(incident: Incident, to: Status, *, coming: Mapping[str, Any]) -> None:
    if incident.status in Status.set_aside():
        raise WrongState(f"{incident.reference} is {in_words(Status(incident.status))}. Reopen it first.")
    if to in Status.set_aside():
        raise WrongState(
            f"{incident.reference} is {in_words(Status(incident.status))}, "
            f"and you can't set its status to {in_words(to)}. Cancel or merge it instead."
        )
    if to == Status.RESOLVED:
        _check_said_before_resolving(incident, coming)


def check_can(person: Person, do: str, *, field: str) -> None:
    if person.is_bot:
        raise InvalidValue(f"{person} is a bot and can't {do}.", field=field)
    if not person.is_active:
        raise InvalidValue(f"{person} is deactivated and can't {do}.", field=field)


def check_started_at(started_at: datetime, *, at: datetime) -> None:
    if started_at > at:
        raise InvalidValue("An incident can't begin in the future.", field="started_at")


def check_begins_before_the_end(incident: Incident, started_at: datetime) -> None:
    if incident.ended_at is not None and started_at > incident.ended_at:
        end = f"{in_words(Status(incident.status))} at {in_words(incident.ended_at)}"
        raise InvalidValue(f"The incident was {end}, so it can't have begun after that.", field="started_at")
