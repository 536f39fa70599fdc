"""Define what the API answers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

from django.conf import settings
from django.db.models import QuerySet
from ninja import Field, Schema
from pydantic import ConfigDict, FieldSerializationInfo, field_serializer

from incidents import fields, models, queries, services
from people.access import may_read_address
from people.models import Person
from ui.api.shapes.types import MOST_ON_A_PAGE


class PersonOut(Schema):
    id: int
    name: str
    email: str = Field(description="Guests see only their own address; others are empty")
    is_active: bool = Field(
        default=True,
        description="False if the account is deactivated: an incident that this person leads needs a new lead",
    )

    @classmethod
    def of(cls, person: Person) -> PersonOut:
        return cls(id=person.pk, name=person.name, email=person.email, is_active=person.is_active)

    @field_serializer("email")
    def _email_as_seen(self, email: str, info: FieldSerializationInfo) -> str:
        """Leave it out for guests. There is no request when an answer is kept, only when it is sent."""
        request = (info.context or {}).get("request")
        return email if request is None or may_read_address(request.auth.person, self.id) else ""


class SeverityOut(Schema):
    key: str
    name: str
    rank: int
    when_to_choose: str

    @classmethod
    def of(cls, severity: models.Severity) -> SeverityOut:
        return cls(key=severity.key, name=severity.name, rank=severity.rank, when_to_choose=severity.when_to_choose)


class FieldOut(Schema):
    name: str
    label: str
    kind: str
    hint: str
    options: dict[str, str]
    required: Literal["", "declaring", "resolving"]
    default: Any

    @classmethod
    def of(cls, field: fields.CustomField) -> FieldOut:
        return cls(
            name=field.name,
            label=field.label,
            kind=field.kind,
            hint=field.hint,
            options=dict(field.options),
            required=field.required.value,
            default=field.default,
        )


class LinkOut(Schema):
    kind: str
    label: str
    url: str

    @classmethod
    def of(cls, link: models.Link) -> LinkOut:
        return cls(kind=link.kind, label=link.label, url=link.url)


class ActionOut(Schema):
    id: int
    text: str
    owner: PersonOut | None
    priority: str
    type: str
    due_at: datetime | None
    created_by: PersonOut
    created_at: datetime
    done_at: datetime | None
    done_by: PersonOut | None

    @classmethod
    def of(cls, action: models.Action) -> ActionOut:
        return cls(
            id=action.pk,
            text=action.text,
            owner=_person(action.owner),
            priority=action.priority,
            type=action.type,
            due_at=action.due_at,
            created_by=PersonOut.of(action.created_by),
            created_at=action.created_at,
            done_at=action.done_at,
            done_by=_person(action.done_by),
        )


class ParticipantOut(Schema):
    person: PersonOut
    first_seen_at: datetime
    last_seen_at: datetime
    message_count: int

    @classmethod
    def of(cls, participant: models.Participant) -> ParticipantOut:
        return cls(
            person=PersonOut.of(participant.person),
            first_seen_at=participant.first_seen_at,
            last_seen_at=participant.last_seen_at,
            message_count=participant.message_count,
        )


class RedactedOut(Schema):
    by: int = Field(description="The id of the person who redacted it")
    at: datetime
    reason: str


class CorrectedOut(Schema):
    seq: int = Field(description="The entry that corrects the note")
    text: str | None = Field(description="Markdown; null if the note was withdrawn")
    happened_at: datetime
    by: PersonOut | None
    at: datetime

    @classmethod
    def of(cls, newest: models.TimelineEntry) -> CorrectedOut:
        return cls(
            seq=newest.seq,
            text=None if newest.kind == models.EntryKind.NOTE_WITHDRAWN else newest.text,
            happened_at=newest.happened_at,
            by=_person(newest.actor),
            at=newest.recorded_at,
        )


class EntryOut(Schema):
    seq: int
    kind: str = Field(description="Plugins and later versions add kinds: show those that you don't know as text")
    label: str = Field(description="What happened, in a few words")
    happened_at: datetime
    recorded_at: datetime
    actor: PersonOut | None
    text: str = Field(description="Markdown")
    data: dict[str, Any] = Field(description="By the kind: see the schemas EntryData.…")
    redacted: RedactedOut | None = Field(description="Who redacted the text, when and why; null if it isn't redacted")
    corrected: CorrectedOut | None = Field(
        description="The note's newest correction or withdrawal; null if nobody changed it"
    )

    @classmethod
    def of(cls, entry: models.TimelineEntry, *, newest: models.TimelineEntry | None = None) -> EntryOut:
        """`newest` is the newest correction of a note."""
        return cls(
            seq=entry.seq,
            kind=entry.kind,
            label=entry.label,
            happened_at=entry.happened_at,
            recorded_at=entry.recorded_at,
            actor=_person(entry.actor),
            text=entry.text,
            data=entry.data,
            redacted=RedactedOut(**entry.data["redacted"]) if "redacted" in entry.data else None,
            corrected=CorrectedOut.of(newest) if newest is not None else None,
        )


class IncidentOut(Schema):
    number: int
    reference: str
    url: str
    title: str
    summary: str
    impact: str
    kind: str
    severity: SeverityOut | None
    status: str
    is_open: bool
    private: bool
    reporter: PersonOut
    lead: PersonOut | None
    started_at: datetime
    reported_at: datetime
    mitigated_at: datetime | None
    resolved_at: datetime | None
    ended_at: datetime | None = Field(description="When it was resolved, canceled or merged")
    merged_into: int | None = Field(description="The number of the incident where work continues, if you can see it")
    version: int = Field(description="Increases with every change")
    fields: dict[str, Any] = Field(description="Custom fields, by name; null if not set")

    @classmethod
    def of(cls, incident: models.Incident, *, merged_into: int | None) -> IncidentOut:
        return cls(**_facts(incident, merged_into=merged_into))


class IncidentDetail(IncidentOut):
    """The incident with the beginning of each list. `more` has the addresses of lists that are longer."""

    links: list[LinkOut]
    actions: list[ActionOut]
    participants: list[ParticipantOut]
    merged_here: list[int] = Field(
        description="The numbers of the incidents merged into this one, as far as you can see them"
    )
    more: list[str] = Field(description="The addresses of the lists of which only the first 100 items are here")
    seen: dict[str, str] = Field(description="Send it with a change, so that you don't overwrite newer values")

    @classmethod
    def of_one(cls, incident: models.Incident, *, viewer: Person) -> IncidentDetail:
        into = queries.merged_into(viewer, incident)
        here = queries.incidents(viewer).filter(merged_into=incident).order_by("number")
        found: dict[str, QuerySet[Any, Any]] = {
            "links": queries.links(incident),
            "actions": queries.actions(incident),
            "participants": queries.participants(incident),
            "merged_here": here.values_list("number", flat=True),
        }
        lists = {name: list(rows[: MOST_ON_A_PAGE + 1]) for name, rows in found.items()}
        shown = {name: rows[:MOST_ON_A_PAGE] for name, rows in lists.items()}
        base = f"{settings.SITE_URL}/api/v1/incidents/{incident.number}"
        return cls(
            **_facts(incident, merged_into=into.number if into else None),
            links=[LinkOut.of(each) for each in shown["links"]],
            actions=[ActionOut.of(each) for each in shown["actions"]],
            participants=[ParticipantOut.of(each) for each in shown["participants"]],
            merged_here=shown["merged_here"],
            more=[f"{base}/{name}" for name, rows in lists.items() if len(rows) > MOST_ON_A_PAGE],
            seen=services.fingerprint(incident),
        )


class Links(Schema):
    items: list[LinkOut]
    next: str | None = Field(description="The address of the next page; null on the last page")


class Actions(Schema):
    items: list[ActionOut]
    next: str | None


class Participants(Schema):
    items: list[ParticipantOut]
    next: str | None


class MergedHere(Schema):
    items: list[int] = Field(description="The numbers of the incidents")
    next: str | None


class Incidents(Schema):
    items: list[IncidentOut]
    total: int
    next: str | None = Field(description="The address of the next page; null on the last page")


class Timeline(Schema):
    items: list[EntryOut]
    next_after: int | None = Field(
        description="Send this as `after` to get the next entries; null if there are no more yet"
    )


class Refusal(Schema):
    """The body of every refusal, whatever its status."""

    model_config = ConfigDict(extra="forbid")

    error: str = Field(description="A sentence for people")
    fields: dict[str, str] = Field({}, description="Sentences, by the name of the invalid field or parameter")
    current: str = Field("", description="With 409 after a conflicting change: the current value")


class CountedOut(Schema):
    day: date = Field(description="It begins at midnight UTC")
    incident: int = Field(description="The incident's number")
    kind: str
    count: int

    @classmethod
    def of(cls, counted: queries.Counted) -> CountedOut:
        return cls(day=counted.day, incident=counted.incident, kind=counted.kind.key, count=counted.count)


class ActivityOut(Schema):
    items: list[CountedOut]
    next: str | None = Field(description="The address of the earlier days; null if there are no earlier days")


class Me(Schema):
    person: PersonOut
    token: str
    scope: str


def _facts(incident: models.Incident, *, merged_into: int | None) -> dict[str, Any]:
    kept: Mapping[str, Any] = incident.field_values
    declared = {field.name: None for field in fields.registry.all()}
    return {
        "number": incident.number,
        "reference": incident.reference,
        "url": f"{settings.SITE_URL}/incidents/{incident.number}/",
        "title": incident.title,
        "summary": incident.summary,
        "impact": incident.impact,
        "kind": incident.kind,
        "severity": SeverityOut.of(incident.severity) if incident.severity else None,
        "status": incident.status,
        "is_open": incident.is_open,
        "private": incident.private,
        "reporter": PersonOut.of(incident.reporter),
        "lead": _person(incident.lead),
        "started_at": incident.started_at,
        "reported_at": incident.reported_at,
        "mitigated_at": incident.mitigated_at,
        "resolved_at": incident.resolved_at,
        "ended_at": incident.ended_at,
        "merged_into": merged_into,
        "version": incident.version,
        "fields": declared | dict(kept),
    }


def _person(person: Person | None) -> PersonOut | None:
    return PersonOut.of(person) if person is not None else None
