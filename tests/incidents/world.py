"""The people and times these tests are about, and a timeline read back into a state."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict, Unpack

from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import StateApps

from incidents import queries, services
from incidents.models import EntryKind, Incident, Kind, Role, Severity, TimelineEntry
from people.models import Person
from people.services import add_person

THREE_AM = datetime(2026, 11, 21, 3, 0, tzinfo=UTC)


def after(minutes: float = 0, **more: float) -> datetime:
    return THREE_AM + timedelta(minutes=minutes, **more)


def person(name: str, *, is_active: bool = True, is_bot: bool = False, is_guest: bool = False) -> Person:
    email = f"{name.split()[0].lower()}@example.com"
    return add_person(
        name=name, email=email, time_zone="Europe/London", is_active=is_active, is_bot=is_bot, is_guest=is_guest
    )


def severity(key: str) -> Severity:
    return Severity.objects.get(key=key)


def models_after(migration: str) -> StateApps:
    """Return the models as this migration of incidents leaves them, which is how it sees them."""
    return MigrationLoader(None).project_state(("incidents", migration)).apps


class Declaration(TypedDict, total=False):
    title: str
    at: datetime
    summary: str
    impact: str
    severity: Severity | None
    lead: Person | None
    kind: Kind
    started_at: datetime | None
    private: bool
    fields: Mapping[str, Any]


def declared(reporter: Person, **details: Unpack[Declaration]) -> Incident:
    told: Declaration = {"title": "Checkout returns 500s", "at": THREE_AM}
    told.update(details)
    return services.declare_incident(reporter=reporter, **told)


def stored(incident: Incident) -> Incident:
    """The same incident as somebody else would read it now."""
    return Incident.objects.get(pk=incident.pk)


def entries(incident: Incident) -> list[TimelineEntry]:
    return list(TimelineEntry.objects.filter(incident=incident).order_by("seq"))


def kinds(incident: Incident) -> list[EntryKind]:
    return [EntryKind(entry.kind) for entry in entries(incident)]


def newest(incident: Incident) -> TimelineEntry:
    return entries(incident)[-1]


class State(TypedDict):
    title: str
    summary: str
    impact: str
    severity: str | None
    status: str
    merged_into: int | None
    merged_here: set[int]
    kind: str
    started_at: datetime
    private: bool
    lead: int | None
    roles: dict[str, int]
    pins: dict[str, str]
    open_actions: set[int]
    fields: dict[str, Any]


def state(incident: Incident) -> State:
    """What the tables say about an incident."""
    now = queries.incidents(queries.SYSTEM).get(pk=incident.pk)
    lead = now.lead
    return {
        "title": now.title,
        "summary": now.summary,
        "impact": now.impact,
        "severity": now.severity.key if now.severity else None,
        "status": now.status,
        "merged_into": now.merged_into.number if now.merged_into else None,
        "merged_here": set(now.merged_here.values_list("number", flat=True)),
        "kind": now.kind,
        "started_at": now.started_at,
        "lead": lead.pk if lead else None,
        "private": now.private,
        "roles": {
            held.role.key: held.person_id
            for held in now.role_assignments.all()
            if held.ended_at is None and held.role.key != Role.LEAD
        },
        "pins": dict(now.pins.filter(removed_at=None).values_list("source", "text")),
        "open_actions": set(now.actions.filter(done_at=None).values_list("pk", flat=True)),
        "fields": now.field_values,
    }


def replayed(incident: Incident) -> State:
    """What the timeline alone says about it."""
    return folded(entries(incident))


def folded(timeline: Iterable[TimelineEntry]) -> State:
    """Put each entry's new values over those before."""
    said: dict[str, Any] = {"lead": None, "merged_into": None}
    merged_here: set[int] = set()
    roles: dict[str, int] = {}
    pins: dict[str, str] = {}
    actions: set[int] = set()
    for entry in timeline:
        match entry.kind:
            case EntryKind.PIN_ADDED | EntryKind.PIN_CHANGED:
                pins[entry.data["source"]] = entry.text
            case EntryKind.PIN_REMOVED:
                del pins[entry.data["source"]]
            case EntryKind.ROLE_ASSIGNED:
                roles[entry.data["role"]] = entry.data["person"]
            case EntryKind.ROLE_REMOVED:
                del roles[entry.data["role"]]
            case EntryKind.ACTION_ADDED:
                actions.add(entry.data["action"])
            case EntryKind.ACTION_COMPLETED:
                actions.remove(entry.data["action"])
            case EntryKind.MERGED_HERE:
                merged_here.add(entry.data["incident"])
            case EntryKind.MERGE_UNDONE:
                merged_here.remove(entry.data["incident"])
            case EntryKind.FIELD_CHANGED:
                fields = {name: value for name, value in said["fields"].items() if name != entry.data["field"]}
                new = {} if entry.data["value"] is None else {entry.data["field"]: entry.data["value"]}
                said["fields"] = fields | new
            case EntryKind.LINK_ADDED:
                pass  # its "kind" is the link's
            case _:
                said.update(entry.data)
    return {
        "title": said["title"],
        "summary": said["summary"],
        "impact": said["impact"],
        "severity": said["severity"],
        "status": said["status"],
        "merged_into": said["merged_into"],
        "merged_here": merged_here,
        "kind": said["kind"],
        "started_at": datetime.fromisoformat(said["started_at"]),
        "private": said["private"],
        "lead": said["lead"],
        "roles": roles,
        "pins": pins,
        "open_actions": actions,
        "fields": said["fields"],
    }
