"""Everything the doors read. Each question takes the viewer: what they may not see does not exist for them.

A viewer is a `Person`, None (a stranger) or `RESPONSE` (the program itself, which draws for all). A stranger sees
nothing, and neither does somebody who left.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final, NamedTuple

from django.db.models import Case, Exists, IntegerField, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from incidents import fields
from incidents.errors import InvalidValue, NotFound
from incidents.fields import CustomField, FieldKind, Stored
from incidents.models import (
    Action,
    EntryKind,
    Incident,
    Link,
    Participant,
    Person,
    Pin,
    RoleAssignment,
    Severity,
    Status,
    TimelineEntry,
)


class _Program(Enum):
    RESPONSE = "response"


RESPONSE: Final = _Program.RESPONSE
Viewer = Person | _Program | None


def incidents(viewer: Viewer) -> QuerySet[Incident]:
    """The incidents that `viewer` may see, newest first."""
    everything = Incident.objects.select_related("severity", "reporter").prefetch_related("role_assignments")
    if viewer is RESPONSE:
        return everything
    if viewer is None or not viewer.is_active:
        return everything.none()
    # Two subqueries, because one over both tables would read through everybody's rows to find this viewer's.
    took_part = Participant.objects.filter(person=viewer).values("incident")
    holds_a_role = RoleAssignment.objects.filter(person=viewer, ended_at=None).values("incident")
    return everything.filter(Q(private=False) | Q(reporter=viewer) | Q(pk__in=took_part) | Q(pk__in=holds_a_role))


def channel_is_requested(incident: Incident) -> bool:
    """Say whether a channel was asked for and may still come: after a refusal one may ask again."""
    requests = incident.entries.filter(kind__in=(EntryKind.CHANNEL_REQUESTED, EntryKind.TROUBLE)).order_by("-seq")
    newest = next((entry for entry in requests if entry.data.get("with", Link.CHANNEL) == Link.CHANNEL), None)
    return newest is not None and newest.kind == EntryKind.CHANNEL_REQUESTED


def open_incidents(viewer: Viewer) -> QuerySet[Incident]:
    return incidents(viewer).filter(status__in=Status.working())


def incident(viewer: Viewer, *, number: int) -> Incident:
    """Raise `NotFound` when there is none, or none that `viewer` may see."""
    found = incidents(viewer).filter(number=number).first()
    if found is None:
        raise NotFound(f"There is no incident INC-{number}.")
    return found


class Neighbour(NamedTuple):
    """An incident that was merged with another. `title` is empty for whoever may not see it."""

    number: int
    reference: str
    title: str


def neighbours(viewer: Viewer, incident: Incident) -> tuple[Neighbour | None, list[Neighbour]]:
    """Return where it goes on, if it was merged, and what was merged into it."""
    others = Incident.objects.filter(Q(merged_into=incident) | Q(pk=incident.merged_into_id)).order_by("number")
    is_seen = Exists(incidents(viewer).filter(pk=OuterRef("pk")))
    named = {
        each.pk: Neighbour(each.number, each.reference, each.title if each.is_seen else "")
        for each in others.annotate(is_seen=is_seen)
    }
    into = named.pop(incident.merged_into_id, None) if incident.merged_into_id else None
    return into, list(named.values())


class Freshness(NamedTuple):
    """Grows with everything a page shows of an incident: compare it to know whether to draw again."""

    version: int
    messages: int


def freshness(viewer: Viewer, *, number: int) -> Freshness:
    """One small query. Raise `NotFound` when there is no such incident, or `viewer` may not see it."""
    found = (
        incidents(viewer)
        .filter(number=number)
        .values_list("version", Coalesce(Sum("participants__message_count"), 0))
        .first()
    )
    if found is None:
        raise NotFound(f"There is no incident INC-{number}.")
    return Freshness(*found)


@dataclass(frozen=True)
class FieldLine:
    """What one custom field of an incident says. `field` is None when it is no longer declared."""

    name: str
    field: CustomField | None
    stored: Stored
    words: str

    @property
    def label(self) -> str:
        return self.field.label if self.field else self.name

    @property
    def key(self) -> str:
        return fields.key(self.name)

    @property
    def link(self) -> str:
        is_link = self.field is not None and self.field.kind == FieldKind.LINK
        return str(self.stored) if is_link and self.stored is not None else ""

    @property
    def moment(self) -> datetime | None:
        value = fields.typed(self.field, self.stored) if self.field else None
        return value if isinstance(value, datetime) else None

    @property
    def is_paragraph(self) -> bool:
        return self.field is not None and self.field.kind == FieldKind.PARAGRAPH


def field_lines(incident: Incident, *, names: Mapping[int, str] | None = None) -> list[FieldLine]:
    """Every custom field in order, whether it says something or not, and what is kept of fields that are gone.

    `names` spares the query for people's names: see `names_in_fields`.
    """
    names = names_in_fields([incident]) if names is None else names
    declared = fields.registry.all()
    lines = [(field.name, field) for field in declared]
    known = {field.name for field in declared}
    gone = [(name, None) for name in sorted(incident.field_values) if name not in known]
    return [
        FieldLine(name, field, stored, fields.words(field, stored, names=names))
        for name, field in [*lines, *gone]
        for stored in [incident.field_values.get(name)]
    ]


def names_in_fields(incidents: Iterable[Incident]) -> dict[int, str]:
    """Return the names of the people in custom fields: one query for all incidents, none without such fields."""
    of_people = [field.name for field in fields.registry.all() if field.kind == FieldKind.PERSON]
    if not of_people:
        return {}
    found = {incident.field_values.get(name) for incident in incidents for name in of_people}
    wanted = [pk for pk in found if isinstance(pk, int)]
    return dict(Person.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def names_in_field(field: CustomField, stored: Stored) -> dict[int, str]:
    if field.kind != FieldKind.PERSON or not isinstance(stored, int):
        return {}
    return dict(Person.objects.filter(pk=stored).values_list("pk", "name"))


def search(viewer: Viewer, *, words: str) -> QuerySet[Incident]:
    """The incidents that say all of `words` in reference, title or summary, newest first.

    A word like `region:eu` asks a custom field by its name.
    """
    found = incidents(viewer)
    for word in words.split():
        name, _, value = word.partition(":")
        field = fields.registry.find(name.lower())
        if field is not None and value:
            found = with_field(found, field, value)
            continue
        says = Q(title__icontains=word) | Q(summary__icontains=word)
        digits = word.upper().removeprefix("INC-")
        if digits.isdecimal() and len(digits) < 10:
            says |= Q(number=int(digits))
        found = found.filter(says)
    return found


@dataclass(frozen=True)
class Page:
    """Some of a long list. How long it is nobody counts: that would take longer with every incident there ever was."""

    number: int
    object_list: list[Incident]
    has_next: bool

    @property
    def has_previous(self) -> bool:
        return self.number > 1

    @property
    def next_page_number(self) -> int:
        return self.number + 1

    @property
    def previous_page_number(self) -> int:
        return self.number - 1


def page(found: QuerySet[Incident], *, number: int, size: int) -> Page:
    """Open ones first, then the newest. A page that does not exist is the first one."""
    start = (number - 1) * size
    shown = _open_first(found, start=start, count=size + 1) if number > 0 else []
    if not shown and number != 1:
        return page(found, number=1, size=size)
    return Page(number, shown[:size], has_next=len(shown) > size)


def _open_first(found: QuerySet[Incident], *, start: int, count: int) -> list[Incident]:
    """Two questions, each answered by an index: in one, everything would have to be sorted."""
    newest, is_open = found.order_by("-number"), Q(status__in=Status.working())
    shown = list(newest.filter(is_open)[start : start + count])
    if len(shown) == count:
        return shown
    skipped = 0 if shown or not start else max(0, start - found.filter(is_open).count())
    return shown + list(newest.exclude(is_open)[skipped : skipped + count - len(shown)])


IN_FULL: Final = frozenset({FieldKind.CHOICE, FieldKind.YES_NO, FieldKind.NUMBER, FieldKind.DATE, FieldKind.MOMENT})


def with_field(found: QuerySet[Incident], field: CustomField, value: str) -> QuerySet[Incident]:
    """Keep those whose field says `value`, or of a text has it in it. A value that it cannot have is nowhere."""
    column = f"field_values__{field.name}"
    if field.kind not in IN_FULL:
        return found.filter(**{f"{column}__icontains": value})
    try:
        return found.filter(**{column: fields.normal(field, value)})
    except InvalidValue:
        return found.none()


def timeline(incident: Incident) -> QuerySet[TimelineEntry]:
    """What the page tells, in the order in which it happened: each message that is pinned now once, at its own time.

    The entry has the words of when it was pinned; what the message says after later edits is in `pins`.
    """
    plumbing = [EntryKind.PIN_CHANGED, EntryKind.PIN_REMOVED, EntryKind.CHANNEL_REQUESTED]
    told = history(incident).exclude(kind__in=plumbing)
    told = told.exclude(kind=EntryKind.LINK_ADDED, data__kind=Link.HEADLINE)
    return told.exclude(seq__in=_pins_taken_off(incident)).order_by("happened_at", "seq")


def _pins_taken_off(incident: Incident) -> list[int]:
    """Return the numbers of the entries whose message was taken off later, even when it was pinned once more."""
    gone: list[int] = []
    standing: dict[int, int] = {}
    pinning = history(incident).filter(kind__in=[EntryKind.PIN_ADDED, EntryKind.PIN_REMOVED])
    for kind, seq, data in pinning.values_list("kind", "seq", "data"):
        if kind == EntryKind.PIN_ADDED:
            standing[data["pin"]] = seq
        else:
            gone.append(standing.pop(data["pin"]))
    return gone


def history(incident: Incident) -> QuerySet[TimelineEntry]:
    """Everything that was ever recorded, in the order in which it was recorded."""
    return TimelineEntry.objects.filter(incident=incident).select_related("actor").order_by("seq")


def participants(incident: Incident) -> QuerySet[Participant]:
    """Who took part, in the order in which they came."""
    return Participant.objects.filter(incident=incident).select_related("person")


def pins(incident: Incident) -> QuerySet[Pin]:
    """Every message that was ever kept, also those taken off again."""
    return Pin.objects.filter(incident=incident).select_related("author", "pinned_by")


def actions(incident: Incident) -> QuerySet[Action]:
    """What is to be done first, then what is done."""
    done = Case(When(done_at=None, then=Value(0)), default=Value(1), output_field=IntegerField())
    return (
        Action.objects.filter(incident=incident)
        .select_related("owner", "done_by", "created_by")
        .order_by(done, "created_at", "pk")
    )


def action(incident: Incident, *, pk: int) -> Action:
    """Raise `NotFound` when the incident has no such action."""
    found = actions(incident).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"{incident.reference} has no such action.")
    return found


def links(incident: Incident) -> QuerySet[Link]:
    return Link.objects.filter(incident=incident)


def severities() -> QuerySet[Severity]:
    """The severities people may choose from, the worst first."""
    return Severity.objects.filter(is_active=True)


def responders() -> QuerySet[Person]:
    """The people who may lead or own something."""
    return Person.objects.filter(is_active=True, is_bot=False)
