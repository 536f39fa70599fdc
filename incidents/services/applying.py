"""Apply one property's new value, and record it. The incident is locked, and the value is checked."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents import fields
from incidents.fields import FieldKind
from incidents.models import EntryKind, Incident, Kind, Role, RoleAssignment, Severity, Status
from incidents.services.participation import take_part
from incidents.services.recording import record
from incidents.services.wording import field_in_markdown, in_words, name_of
from incidents.texts import in_markdown
from people.models import Person


def _apply_title(incident: Incident, value: str, *, by: Person, at: datetime) -> None:
    old, incident.title = incident.title, value
    data, text = {"title": value, "from": old}, f"Renamed to “{in_markdown(value)}”"
    record(incident, EntryKind.TITLE_CHANGED, text, by=by, at=at, data=data, changed=["title"])


def _apply_summary(incident: Incident, value: str, *, by: Person, at: datetime) -> None:
    incident.summary = value
    data, text = {"summary": value}, value or "Cleared"
    record(incident, EntryKind.SUMMARY_CHANGED, text, by=by, at=at, data=data, changed=["summary"])


def _apply_impact(incident: Incident, value: str, *, by: Person, at: datetime) -> None:
    incident.impact = value
    data, text = {"impact": value}, value or "Cleared"
    record(incident, EntryKind.IMPACT_CHANGED, text, by=by, at=at, data=data, changed=["impact"])


def apply_severity(incident: Incident, value: Severity, *, by: Person, at: datetime) -> None:
    old, incident.severity = incident.severity, value
    text = f"Severity changed from {name_of(old)} to {name_of(value)}" if old else f"Severity set to {name_of(value)}"
    data = {"severity": value.key, "from": old.key if old else None}
    record(incident, EntryKind.SEVERITY_CHANGED, text, by=by, at=at, data=data, changed=["severity"])


def _apply_kind(incident: Incident, value: Kind, *, by: Person, at: datetime) -> None:
    old, incident.kind = incident.kind, value
    data, text = {"kind": value.value, "from": old}, f"Is now {in_words(value)}"
    record(incident, EntryKind.KIND_CHANGED, text, by=by, at=at, data=data, changed=["kind"])


def _apply_started_at(incident: Incident, value: datetime, *, by: Person, at: datetime) -> None:
    old, incident.started_at = incident.started_at, value
    data = {"started_at": value.isoformat(), "from": old.isoformat()}
    text = f"Began at {value:%Y-%m-%d %H:%M} UTC"
    record(incident, EntryKind.STARTED_AT_CHANGED, text, by=by, at=at, data=data, changed=["started_at"])


def apply_lead(incident: Incident, value: Person, *, by: Person, at: datetime) -> None:
    old = incident.lead
    end_lead(incident, at=at)
    RoleAssignment.objects.create(
        incident=incident, role=Role.objects.get(key=Role.LEAD), person=value, assigned_at=at, assigned_by=by
    )
    take_part(incident, value, at=at)
    text = f"{name_of(value)} took the lead" if by == value else f"{name_of(value)} leads"
    text = f"{text}, after {name_of(old)}" if old else text
    data = {"lead": value.pk, "from": old.pk if old else None}
    record(incident, EntryKind.LEAD_ASSIGNED, text, by=by, at=at, data=data)


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
    data: dict[str, Any] = {"status": value.value, "from": old.value}
    if into is not None or was_merged:
        data["merged_into"] = into.number if into else None
    kind, text = EntryKind.STATUS_CHANGED, f"Status changed from {in_words(old)} to {in_words(value)}"
    if into is not None:
        kind, text = EntryKind.MERGED, f"Merged into {into.reference}"
    elif value not in Status.working():
        kind, text = EntryKind(value.value), value.label
    elif old not in Status.working():
        kind, text = EntryKind.REOPENED, "Reopened"
    changed = ["status", "resolved_at", "set_aside_at", "merged_into", "mitigated_at"]
    record(incident, kind, text, by=by, at=at, data=data, changed=changed)


def apply_field(incident: Incident, name: str, value: Any, *, by: Person, at: datetime) -> None:
    field = fields.registry.get(name)
    old, before = incident.field_values.get(name), field_in_markdown(field, incident.field_values.get(name))
    said = {key: kept for key, kept in incident.field_values.items() if key != name}
    incident.field_values = said if value is None else said | {name: value}
    now, label = field_in_markdown(field, value), f"“{in_markdown(field.label)}”"
    if value is None:
        text = f"{label} emptied; it said {before}"
    else:
        text = f"{label} changed from {before} to {now}" if old is not None else f"{label} set to {now}"
    if value is not None and field.kind == FieldKind.PARAGRAPH:
        text = f"{label} now says:\n\n{value}"
    data = {"field": name, "label": field.label, "field_kind": field.kind.value, "value": value, "from": old}
    record(incident, EntryKind.FIELD_CHANGED, text, by=by, at=at, data=data, changed=["field_values"])


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
