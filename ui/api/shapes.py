"""What goes over the wire. Stored values go out as they are; times are in UTC."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from django.conf import settings
from django.db.models import QuerySet
from ninja import Field, Schema
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    ConfigDict,
    FieldSerializationInfo,
    StrictBool,
    StringConstraints,
    WithJsonSchema,
    field_serializer,
)

from incidents import access, fields, models, queries, redaction, services, times

A_TIME: Final = "This takes a time with its zone, like 2026-11-21T03:00:00Z."
# As https://www.rfc-editor.org/rfc/rfc3339 has it, with a sensible end to the fraction of a second.
_RFC_3339: Final = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,12})?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
LONGEST_TIME: Final = 40
BIGGEST_NUMBER: Final = 2**31 - 1
BIGGEST_PK: Final = 2**63 - 1
MOST_KEYS: Final = 200


def _written_as_published(said: object) -> object:
    """Refuse what pydantic would take for a time as well: seconds, a date, other ways to write it."""
    if not isinstance(said, str) or not _RFC_3339.fullmatch(said):
        raise ValueError(A_TIME)
    return said


def _of_our_times(at: datetime) -> datetime:
    if not times.can_be_shown(at):
        raise ValueError(times.CHOOSE_ANOTHER)
    return at


def _true_or_false(said: object) -> object:
    """Refuse the other words that pydantic would take: yes, on, 1."""
    if said not in ("true", "false", True, False):
        raise ValueError("This takes true or false.")
    return said


def _whole(said: object) -> object:
    """Take 5 and 5.0, which JSON does not tell apart, and refuse the rest that pydantic would take: "5", true."""
    if isinstance(said, bool) or not isinstance(said, int | float):
        raise ValueError("This takes a whole number.")
    return int(said) if isinstance(said, float) and said.is_integer() else said


def _digits(said: object) -> object:
    """Refuse the other ways to write a whole number that pydantic would take: 5.0, 1_000, spaces around it."""
    if isinstance(said, str) and not re.fullmatch(r"-?\d{1,20}", said, flags=re.ASCII):
        raise ValueError("This takes a whole number.")
    return said


Moment = Annotated[
    AwareDatetime,
    AfterValidator(_of_our_times),
    BeforeValidator(_written_as_published),
    WithJsonSchema({"type": "string", "format": "date-time", "maxLength": LONGEST_TIME}),
]
Title = Annotated[str, StringConstraints(max_length=models.Incident.TITLE_MAX)]
Text = Annotated[str, StringConstraints(max_length=models.Incident.TEXT_MAX)]
Reason = Annotated[str, StringConstraints(max_length=redaction.REASON_MAX)]
Key = Annotated[str, StringConstraints(max_length=50)]
Address = Annotated[str, StringConstraints(max_length=254)]
Name = Annotated[str, StringConstraints(max_length=50)]
Number = Annotated[int, Field(ge=1, le=BIGGEST_NUMBER), BeforeValidator(_whole)]
Pk = Annotated[int, Field(ge=1, le=BIGGEST_PK), BeforeValidator(_whole)]
KindName = Literal["live", "report", "drill"]
StatusName = Literal["investigating", "identified", "monitoring", "resolved"]
# Somebody: the `id` of a person, or an e-mail address.
Somebody = Pk | Address
# In a query all is text.
QueryNumber = Annotated[int, Field(ge=1, le=BIGGEST_NUMBER), BeforeValidator(_digits)]
QueryBool = Annotated[bool, BeforeValidator(_true_or_false)]
# What a custom field takes its kind decides; none takes more than this.
Stored = Annotated[
    Any,
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "maxLength": models.Incident.TEXT_MAX},
                {"type": ["number", "boolean", "null"]},
                {"type": "array", "items": {"type": "string", "maxLength": fields.LINE_MAX}, "maxItems": MOST_KEYS},
            ]
        }
    ),
]
FieldsIn = Annotated[dict[Name, Stored], Field(max_length=MOST_KEYS)]
Seen = Annotated[dict[Name, Annotated[str, StringConstraints(max_length=100)]], Field(max_length=MOST_KEYS)]


# Out ------------------------------------------------------------------------------------------------------------------


class PersonOut(Schema):
    id: int
    name: str
    email: str = Field(description="Empty for guests, but for their own")
    is_active: bool = Field(
        default=True, description="False when their account was deactivated: an incident they lead needs another lead"
    )

    @classmethod
    def of(cls, person: models.Person) -> PersonOut:
        return cls(id=person.pk, name=person.name, email=person.email, is_active=person.is_active)

    @field_serializer("email")
    def _email_as_seen(self, email: str, info: FieldSerializationInfo) -> str:
        """Leave it out for guests. There is no request when an answer is kept, only when it is sent."""
        request = (info.context or {}).get("request")
        return email if request is None or access.may_read_address(request.auth.person, self.id) else ""


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
    text: str | None = Field(description="Markdown; null when the note was withdrawn")
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
    kind: str
    happened_at: datetime
    recorded_at: datetime
    actor: PersonOut | None
    text: str = Field(description="Markdown")
    data: dict[str, Any]
    redacted: RedactedOut | None = Field(description="Who removed the text, when and why; null when it is there")
    corrected: CorrectedOut | None = Field(
        description="What a note says since it was corrected or withdrawn; null when it says what it said"
    )

    @classmethod
    def of(cls, entry: models.TimelineEntry, *, newest: models.TimelineEntry | None = None) -> EntryOut:
        """`newest` is the newest correction of a note."""
        return cls(
            seq=entry.seq,
            kind=entry.kind,
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
    merged_into: int | None = Field(description="The number of the incident in which it goes on, if you may see it")
    version: int = Field(description="Grows with every change")
    fields: dict[str, Any] = Field(description="The custom ones, by name; null says nothing")

    @classmethod
    def of(cls, incident: models.Incident, *, merged_into: int | None) -> IncidentOut:
        return cls(**_facts(incident, merged_into=merged_into))


class IncidentDetail(IncidentOut):
    """Of each list the beginning: `more` names those that go on at an address of their own."""

    links: list[LinkOut]
    actions: list[ActionOut]
    participants: list[ParticipantOut]
    merged_here: list[int] = Field(
        description="The numbers of the incidents that were merged into it, if you may see them"
    )
    more: list[str] = Field(description="The addresses of the lists of which only the first 100 are here")
    seen: dict[str, str] = Field(description="Send it with a change, and nobody's newer words are overwritten")

    @classmethod
    def of_one(cls, incident: models.Incident, *, viewer: models.Person) -> IncidentDetail:
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
    next: str | None = Field(description="The address of the next page; null when this is the last")


class Actions(Schema):
    items: list[ActionOut]
    next: str | None


class Participants(Schema):
    items: list[ParticipantOut]
    next: str | None


class MergedHere(Schema):
    items: list[int] = Field(description="Numbers of incidents")
    next: str | None


class Incidents(Schema):
    items: list[IncidentOut]
    total: int
    next: str | None = Field(description="The address of the next page; null when this is the last")


class Timeline(Schema):
    items: list[EntryOut]
    next_after: int | None = Field(description="Ask for what comes after this; null when there is no more for now")


class Refusal(Schema):
    """Every refusal, whatever its status."""

    model_config = ConfigDict(extra="forbid")

    error: str = Field(description="A sentence for people")
    fields: dict[str, str] = Field({}, description="Sentences by the place in what was sent")
    current: str = Field("", description="With 409, when somebody else changed the same: what it says now")


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


def _person(person: models.Person | None) -> PersonOut | None:
    return PersonOut.of(person) if person is not None else None


# Asked ----------------------------------------------------------------------------------------------------------------

ON_A_PAGE = 50
MOST_ON_A_PAGE = 100
MOST_PEOPLE = 1000

QuerySeq = Annotated[int, Field(ge=0, le=BIGGEST_NUMBER), BeforeValidator(_digits)]
QueryLength = Annotated[int, Field(ge=1, le=MOST_ON_A_PAGE), BeforeValidator(_digits)]
Words = Annotated[str, StringConstraints(max_length=200)]


class Skipped(Schema):
    skip: QuerySeq = Field(0, description="How many to leave out: see `next`")
    limit: QueryLength = MOST_ON_A_PAGE


class Asked(Schema):
    q: Words = Field("", description="Words in reference, title or summary")
    open: QueryBool | None = None
    status: Words = Field("", description="One or more, with commas")
    severity: Words = Field("", description="Keys of one or more, with commas")
    kind: KindName | None = None
    field: list[Words] = Field(
        [], max_length=MOST_KEYS, description="What a custom field says, like region:eu; as often as you like"
    )
    sort: Literal["newest", "severity"] = Field("newest", description="`severity`: the most severe first")
    before: QueryNumber | None = Field(None, description="Only what follows the incident with this number: see `next`")
    per_page: QueryLength = ON_A_PAGE


class AskedOfPeople(Schema):
    email: Words = ""
    after: QuerySeq = Field(0, description="The id of the last person that you know")
    limit: Annotated[int, Field(ge=1, le=MOST_PEOPLE), BeforeValidator(_digits)] = Field(
        MOST_PEOPLE, description="Fewer come only at the end"
    )


class AskedOfTimeline(Schema):
    after: QuerySeq = Field(0, description="The seq of the last entry that you know")
    limit: QueryLength = MOST_ON_A_PAGE


# In -------------------------------------------------------------------------------------------------------------------


class _In(Schema):
    model_config = ConfigDict(extra="forbid")


class Declaration(_In):
    title: Title
    summary: Text = ""
    impact: Text = ""
    severity: Key | None = Field(None, description="Its key: see /severities")
    lead: Somebody | None = Field(None, description="The id of a person, or an e-mail address")
    kind: KindName = "live"
    started_at: Moment | None = None
    private: StrictBool = False
    fields: FieldsIn = Field({}, description="The custom ones, by name: see /fields")


def _without_defaults(schema: dict[str, Any]) -> None:
    """Publish no default: a generated client would fill it in, and so change what was left out."""
    for each in schema["properties"].values():
        each.pop("default", None)


class Change(_In):
    """What is left out stays as it is. Only custom fields can be emptied, by null."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=_without_defaults)

    title: Title = ""
    summary: Text = ""
    impact: Text = ""
    severity: Key = ""
    lead: Somebody = ""
    kind: KindName = "live"
    status: StatusName = "investigating"
    started_at: Moment | None = None
    fields: FieldsIn = {}
    seen: Seen = Field({}, description="What the incident said when you looked: its `seen`")


class Ending(_In):
    final_update: Text = Field("", description="How it ended, Markdown. It is posted first, and marked as final")
    fields: FieldsIn = Field({}, description="Custom fields, by name: some must be said before the end")


class Cancellation(_In):
    final_update: Text = Field("", description="Why it was none, Markdown. It is posted first, and marked as final")


class Merge(_In):
    into: Number = Field(description="The number of the incident in which it goes on")


class Note(_In):
    text: Text = Field(description="Markdown")
    happened_at: Moment | None = None


class Correction(_In):
    text: Text = Field(description="Markdown")
    happened_at: Moment | None = Field(default=None, description="When it happened; null leaves that as it is")
    seen: Number | None = Field(
        default=None, description="The newest entry of the note that you know: refuses if it was corrected since"
    )


class Update(_In):
    text: Text = Field(description="Markdown")


class NewAction(_In):
    text: Text
    owner: Somebody | None = None
    priority: Literal["high", "normal", "low"] = "normal"
    type: Literal["fix", "follow_up", "investigate"] = "follow_up"
    due_at: Moment | None = None
