"""What goes over the wire. Stored values go out as they are; times are in UTC."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from django.conf import settings
from ninja import Field, Schema
from pydantic import AfterValidator, AwareDatetime, ConfigDict, StringConstraints

from incidents import fields, models, queries, services


def _of_our_times(at: datetime) -> datetime:
    if not 1970 <= at.year <= 9000:
        raise ValueError("This takes a time between the years 1970 and 9000.")
    return at


Moment = Annotated[AwareDatetime, AfterValidator(_of_our_times)]
KindName = Literal["live", "report", "drill"]
StatusName = Literal["investigating", "identified", "monitoring", "resolved"]
# Somebody: the `id` of a person, or an e-mail address.
Somebody = int | str


# Out ------------------------------------------------------------------------------------------------------------------


class PersonOut(Schema):
    id: int
    name: str
    email: str

    @classmethod
    def of(cls, person: models.Person) -> PersonOut:
        return cls(id=person.pk, name=person.name, email=person.email)


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
    required: Literal["", "declaring", "closing"]
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


class EntryOut(Schema):
    seq: int
    kind: str
    happened_at: datetime
    recorded_at: datetime
    actor: PersonOut | None
    text: str = Field(description="Markdown")
    data: dict[str, Any]

    @classmethod
    def of(cls, entry: models.TimelineEntry) -> EntryOut:
        return cls(
            seq=entry.seq,
            kind=entry.kind,
            happened_at=entry.happened_at,
            recorded_at=entry.recorded_at,
            actor=_person(entry.actor),
            text=entry.text,
            data=entry.data,
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
    merged_into: int | None = Field(description="The number of the incident in which it goes on")
    version: int = Field(description="Grows with every change")
    fields: dict[str, Any] = Field(description="The custom ones, by name; null says nothing")

    @classmethod
    def of(cls, incident: models.Incident) -> IncidentOut:
        return cls(**_facts(incident))


class IncidentDetail(IncidentOut):
    links: list[LinkOut]
    actions: list[ActionOut]
    participants: list[ParticipantOut]
    merged_here: list[int] = Field(description="The numbers of the incidents that were merged into it")
    seen: dict[str, str] = Field(description="Send it with a change, and nobody's newer words are overwritten")

    @classmethod
    def of(cls, incident: models.Incident) -> IncidentDetail:
        return cls(
            **_facts(incident),
            links=[LinkOut(kind=each.kind, label=each.label, url=each.url) for each in queries.links(incident)],
            actions=[ActionOut.of(each) for each in queries.actions(incident)],
            participants=[ParticipantOut.of(each) for each in queries.participants(incident)],
            merged_here=list(incident.merged_here.order_by("number").values_list("number", flat=True)),
            seen=services.fingerprint(incident),
        )


class Incidents(Schema):
    items: list[IncidentOut]
    total: int
    next: str | None = Field(description="The address of the next page; null when this is the last")


class Timeline(Schema):
    items: list[EntryOut]
    next_after: int | None = Field(description="Ask for what comes after this; null when there is no more for now")


class Refusal(Schema):
    error: str = Field(description="A sentence for people")
    fields: dict[str, str] = Field({}, description="Sentences by the place in the body")


class Me(Schema):
    person: PersonOut
    token: str
    scope: str


def _facts(incident: models.Incident) -> dict[str, Any]:
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
        "merged_into": incident.merged_into.number if incident.merged_into else None,
        "version": incident.version,
        "fields": declared | dict(kept),
    }


def _person(person: models.Person | None) -> PersonOut | None:
    return PersonOut.of(person) if person is not None else None


# Asked ----------------------------------------------------------------------------------------------------------------

ON_A_PAGE = 50
MOST_ON_A_PAGE = 100

Words = Annotated[str, StringConstraints(max_length=200)]


class Asked(Schema):
    q: Words = Field("", description="Words in reference, title or summary")
    open: bool | None = None
    status: Words = Field("", description="One or more, with commas")
    severity: Words = Field("", description="Keys of one or more, with commas")
    kind: KindName | None = None
    field: list[Words] = Field([], description="What a custom field says, like region:eu; as often as you like")
    page: int = Field(1, ge=1, le=1_000_000)
    per_page: int = Field(ON_A_PAGE, ge=1, le=MOST_ON_A_PAGE)


# In -------------------------------------------------------------------------------------------------------------------


class _In(Schema):
    model_config = ConfigDict(extra="forbid")


class Declaration(_In):
    title: str
    summary: str = ""
    impact: str = ""
    severity: str | None = Field(None, description="Its key: see /severities")
    lead: Somebody | None = Field(None, description="The id of a person, or an e-mail address")
    kind: KindName = "live"
    started_at: Moment | None = None
    private: bool = False
    fields: dict[str, Any] = Field({}, description="The custom ones, by name: see /fields")


class Change(_In):
    """What is left out stays as it is. Only custom fields can be emptied, by null."""

    title: str = ""
    summary: str = ""
    impact: str = ""
    severity: str = ""
    lead: Somebody = ""
    kind: KindName = "live"
    status: StatusName = "investigating"
    started_at: Moment | None = None
    fields: dict[str, Any] = {}
    seen: dict[str, str] = Field({}, description="What the incident said when you looked: its `seen`")


class Merge(_In):
    into: int = Field(description="The number of the incident in which it goes on")


class Note(_In):
    text: str = Field(description="Markdown")
    happened_at: Moment | None = None


class Update(_In):
    text: str = Field(description="Markdown")


class NewAction(_In):
    text: str
    owner: Somebody | None = None
    priority: Literal["high", "normal", "low"] = "normal"
    type: Literal["fix", "follow_up", "investigate"] = "follow_up"
    due_at: Moment | None = None
