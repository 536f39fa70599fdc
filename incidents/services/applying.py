"""Apply one property's new value, and record it. The incident is locked, and the value is checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents import entries, fields
from incidents.entries import StatusEntry
from incidents.models import Incident, Kind, Role, RoleAssignment, Severity, Status
from incidents.recording import record
from incidents.services.participation import take_part
from incidents.services.wording import field_in_markdown, in_words
from people.models import Person


def _apply_title(incident: Incident, value: str, *, by: Person, at: datetime) -> None:
    old, incident.title = incident.title, value
    record(incident, entries.TitleChanged(title=value, was=old), by=by, at=at, changed=["title"])


def _apply_summary(incident: Incident, value: str, *, by: Person, at: datetime) -> None:
    incident.summary = value
    record(incident, entries.SummaryChanged(summary=value), by=by, at=at, changed=["summary"])


def _apply_impact(incident: Incident, value: str, *, by: Person, at: datetime) -> None:
    incident.impact = value
    record(incident, entries.ImpactChanged(impact=value), by=by, at=at, changed=["impact"])


def apply_severity(incident: Incident, value: Severity, *, by: Person, at: datetime) -> None:
    old, incident.severity = incident.severity, value
    entry = entries.SeverityChanged(
        severity=value.key, was=old.key if old else None, name=str(value), was_name=str(old or "")
    )
    record(incident, entry, by=by, at=at, changed=["severity"])


def _apply_kind(incident: Incident, value: Kind, *, by: Person, at: datetime) -> None:
    old, incident.kind = incident.kind, value
    entry = entries.KindChanged(incident_kind=value.value, was=old, words=in_words(value))
    record(incident, entry, by=by, at=at, changed=["kind"])


def _apply_started_at(incident: Incident, value: datetime, *, by: Person, at: datetime) -> None:
    old, incident.started_at = incident.started_at, value
    record(incident, entries.StartedAtChanged(started_at=value, was=old), by=by, at=at, changed=["started_at"])


def apply_lead(incident: Incident, value: Person, *, by: Person, at: datetime) -> None:
    old = incident.lead
    end_lead(incident, at=at)
    RoleAssignment.objects.create(
        incident=incident, role=Role.objects.get(key=Role.LEAD), person=value, assigned_at=at, assigned_by=by
    )
    take_part(incident, value, at=at)
    entry = entries.LeadAssigned(
        lead=value.pk,
        was=old.pk if old else None,
        name=str(value),
        was_name=str(old or ""),
        took_it=by == value,
    )
    record(incident, entry, by=by, at=at)


def end_lead(incident: Incident, *, at: datetime) -> None:
    incident.role_assignments.filter(role__key=Role.LEAD, ended_at=None).update(ended_at=at)


def apply_status(incident: Incident, value: Status, *, by: Person, at: datetime, into: Incident | None = None) -> None:
    old, incident.status = Status(incident.status), value
    was_merged, incident.merged_into = incident.merged_into is not None, into
    incident.resolved_at = at if value == Status.RESOLVED else None
    incident.set_aside_at = at if value in Status.set_aside() else None
    if value in (Status.MONITORING, Status.RESOLVED):
        incident.mitigated_at = incident.mitigated_at or at
    else:
        incident.mitigated_at = None
    entry = _status_entry(value, old=old, into=into, was_merged=was_merged)
    changed = ["status", "resolved_at", "set_aside_at", "merged_into", "mitigated_at"]
    record(incident, entry, by=by, at=at, changed=changed)


def _status_entry(value: Status, *, old: Status, into: Incident | None, was_merged: bool) -> StatusEntry:
    if into is not None:
        return entries.Merged(status=value.value, was=old.value, merged_into=into.number, reference=into.reference)
    match value:
        case Status.RESOLVED:
            return entries.Resolved(status=value.value, was=old.value, was_merged=was_merged)
        case Status.CANCELED:
            return entries.Canceled(status=value.value, was=old.value, was_merged=was_merged)
    if old not in Status.working():
        return entries.Reopened(status=value.value, was=old.value, was_merged=was_merged)
    return entries.StatusChanged(
        status=value.value, was=old.value, was_merged=was_merged, words=in_words(value), was_words=in_words(old)
    )


def apply_field(incident: Incident, name: str, value: Any, *, by: Person, at: datetime) -> None:
    field = fields.registry.get(name)
    old, before = incident.field_values.get(name), field_in_markdown(field, incident.field_values.get(name))
    said = {key: kept for key, kept in incident.field_values.items() if key != name}
    incident.field_values = said if value is None else said | {name: value}
    entry = entries.FieldChanged(
        field=name,
        field_label=field.label,
        field_kind=field.kind.value,
        value=value,
        was=old,
        words=field_in_markdown(field, value),
        was_words=before,
    )
    record(incident, entry, by=by, at=at, changed=["field_values"])


def apply_value(incident: Incident, field: str, value: Any, *, by: Person, at: datetime) -> None:
    name = fields.name_of(field)
    if name is not None:
        apply_field(incident, name, value, by=by, at=at)
    else:
        APPLY[field](incident, value, by=by, at=at)


APPLY: Mapping[str, Any] = {
    "title": _apply_title,
    "summary": _apply_summary,
    "impact": _apply_impact,
    "severity": apply_severity,
    "kind": _apply_kind,
    "started_at": _apply_started_at,
    "lead": apply_lead,
    "status": apply_status,
}
