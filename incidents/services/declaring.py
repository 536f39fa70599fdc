"""Declare an incident."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents import access, entries, fields, times, vetoes
from incidents.fields import Required
from incidents.models import Counter, Incident, Kind, Severity
from incidents.recording import write_entry
from incidents.services.applying import apply_field, apply_lead, apply_severity
from incidents.services.changing import normal_value
from incidents.services.checking import (
    check_can,
    check_person,
    check_severity,
    check_started_at,
    check_title,
    checked_text,
    normal_title,
)
from incidents.services.participation import join
from incidents.services.wording import in_words
from people.errors import InvalidValue
from people.models import Person


@vetoes.change
def declare_incident(
    *,
    title: str,
    reporter: Person,
    at: datetime,
    summary: str = "",
    impact: str = "",
    severity: Severity | None = None,
    lead: Person | None = None,
    kind: Kind = Kind.LIVE,
    started_at: datetime | None = None,
    private: bool = False,
    fields: Mapping[str, Any] | None = None,
) -> Incident:
    """Open an incident and give it the next number. It starts at `started_at`, or now.

    `fields` are its custom fields by name. Those that are not in it begin with their defaults.
    """
    access.check(reporter, access.DECLARE)
    started_at = times.checked(started_at or at, field="started_at")
    check_started_at(started_at, at=at)
    title = normal_title(title)
    check_title(title)
    if severity is not None:
        check_severity(severity)
    if lead is not None:
        check_can(lead, "lead", field="lead")
    incident = Incident(
        title=title,
        summary=checked_text(summary, field="summary"),
        impact=checked_text(impact, field="impact"),
        kind=kind,
        private=private,
        reporter=reporter,
        started_at=started_at,
        reported_at=at,
    )
    said = _declared_fields(incident, fields or {})
    incident.number = _next_number()
    incident.version = 1
    incident.save()
    join(incident, reporter, at=at, messages=0)
    write_entry(incident, _opened(incident), by=reporter, at=at)
    with vetoes.unasked():
        if severity is not None:
            apply_severity(incident, severity, by=reporter, at=at)
        if lead is not None:
            apply_lead(incident, lead, by=reporter, at=at)
        for name, value in said.items():
            apply_field(incident, name, value, by=reporter, at=at)
    return incident


def _declared_fields(incident: Incident, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Let the fields begin with their defaults, and return what the reporter says otherwise, checked."""
    known = fields.registry.all()
    incident.field_values = {field.name: field.default for field in known if field.default is not None}
    said = {name: normal_value(incident, fields.key(name), value) for name, value in wanted.items()}
    for field in known:
        value = said.get(field.name, field.default)
        if value is None and field.required == Required.DECLARING:
            raise InvalidValue(f"Fill in “{field.label}” to declare an incident.", field=field.key)
    for name, value in said.items():
        check_person(name, value)
    return {name: value for name, value in said.items() if value != incident.field_values.get(name)}


def _opened(incident: Incident) -> entries.Opened:
    return entries.Opened(
        title=incident.title,
        summary=incident.summary,
        impact=incident.impact,
        severity=None,
        incident_kind=incident.kind,
        status=incident.status,
        private=incident.private,
        started_at=incident.started_at,
        fields=dict(incident.field_values),
        reference=incident.reference,
        kind_words="" if incident.kind == Kind.LIVE else in_words(Kind(incident.kind)).removeprefix("a "),
    )


def _next_number() -> int:
    counter, _ = Counter.objects.select_for_update().get_or_create(name="incident")
    counter.value += 1
    counter.save(update_fields=["value"])
    return counter.value
