"""Everything the doors read. Each question takes the viewer: what they may not see does not exist for them.

Who sees what is decided in `incidents.access`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from django.db.models import Case, Exists, F, IntegerField, Max, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast, Coalesce
from django.utils.safestring import SafeString

from incidents import access, drawn, fields, markdown
from incidents.access import RESPONSE as RESPONSE
from incidents.access import Act
from incidents.access import Viewer as Viewer
from incidents.corrections import CORRECTIONS
from incidents.errors import InvalidValue, NotFound
from incidents.fields import CustomField, FieldKind, Stored
from incidents.models import (
    Action,
    EntryKind,
    Incident,
    Link,
    Member,
    Participant,
    Person,
    Pin,
    RoleAssignment,
    Severity,
    Status,
    TimelineEntry,
)
from incidents.texts import folded

MOST_SEVERE_FIRST: Final = (F("severity__rank").asc(nulls_last=True), "-number")
COMPARED: Final = 200  # open incidents whose titles are compared, the most severe
ALIKE: Final = 0.5  # share of words that two similar titles have in common
EMPTY_WORDS: Final = frozenset(
    ("a", "an", "and", "are", "at", "by", "for", "from", "in", "is", "it", "no", "not", "of", "on", "or", "the", "to")
)


def incidents(viewer: Viewer) -> QuerySet[Incident]:
    """The incidents that `viewer` may see, newest first."""
    everything = Incident.objects.select_related("severity", "reporter").prefetch_related("role_assignments")
    if viewer is RESPONSE:
        return everything
    if viewer is None or not viewer.is_active:
        return everything.none()
    return everything.filter(access.visible_to(viewer))


TROUBLES_READ: Final = 50
TROUBLES_AT_MOST: Final = 10


def channel_is_requested(incident: Incident) -> bool:
    """Say whether a channel was asked for and may still come: after a refusal one may ask again."""
    refusal = Q(kind=EntryKind.TROUBLE, data__with=Link.CHANNEL)
    newest = incident.entries.filter(Q(kind=EntryKind.CHANNEL_REQUESTED) | refusal).order_by("-seq").first()
    return newest is not None and newest.kind == EntryKind.CHANNEL_REQUESTED


def open_incidents(viewer: Viewer) -> QuerySet[Incident]:
    """The open incidents that `viewer` may see, the most severe first; those without a severity are the last."""
    return incidents(viewer).filter(status__in=Status.working()).order_by(*MOST_SEVERE_FIRST)


def most_severe_first(found: QuerySet[Incident], *, viewer: Viewer, after: int | None) -> QuerySet[Incident]:
    """Sort by severity, then the newest first; with `after`, what follows the incident with that number."""
    found = found.order_by(*MOST_SEVERE_FIRST)
    if after is None:
        return found
    last = incidents(viewer).filter(number=after).first()
    same = Q(severity=last.severity if last else None, number__lt=after)
    if last is None or last.severity is None:
        return found.filter(same)
    return found.filter(same | Q(severity__rank__gt=last.severity.rank) | Q(severity=None))


def similar_open(viewer: Viewer, *, title: str) -> list[Incident]:
    """Return open incidents whose titles share most of their words with `title`.

    The most similar come first, and of those that are as similar the most severe.
    """
    wanted = _words(title)
    if not wanted:
        return []
    among = open_incidents(viewer)[:COMPARED]
    rated = [(len(wanted & words) / len(wanted | words), each) for each in among if (words := _words(each.title))]
    alike = sorted((pair for pair in rated if pair[0] >= ALIKE), key=lambda pair: -pair[0])  # others keep their order
    return [each for _, each in alike]


def _words(title: str) -> set[str]:
    return {word for word in re.findall(r"\w+", folded(title)) if word not in EMPTY_WORDS}


def incident(viewer: Viewer, *, number: int) -> Incident:
    """Raise `NotFound` when there is none, or none that `viewer` may see."""
    found = incidents(viewer).filter(number=number).first()
    if found is None:
        raise NotFound(f"There is no incident INC-{number}.")
    return found


class Neighbour(NamedTuple):
    """An incident that was merged with another."""

    number: int
    reference: str
    title: str


def merged_into(viewer: Viewer, incident: Incident) -> Neighbour | None:
    """Return where it goes on, if it was merged, and `viewer` may see that."""
    if incident.merged_into_id is None:
        return None
    return next(iter(_neighbours(incidents(viewer).filter(pk=incident.merged_into_id))), None)


def merged_here(viewer: Viewer, incident: Incident, *, start: int = 0, count: int) -> list[Neighbour]:
    """Return some of what was merged into it: those that `viewer` may see."""
    return _neighbours(incidents(viewer).filter(merged_into=incident).order_by("number")[start : start + count])


def _neighbours(found: QuerySet[Incident]) -> list[Neighbour]:
    return [Neighbour(each.number, each.reference, each.title) for each in found]


def where_they_go_on(viewer: Viewer, merged: Iterable[Incident]) -> dict[int, int]:
    """Return the numbers of the incidents in which these go on, by primary key: of those that `viewer` may see."""
    found = incidents(viewer).filter(merged_here__in=[each.pk for each in merged]).order_by()
    return dict(found.values_list("merged_here", "number"))


# By kind: where in its data an entry names another incident, and what it says to somebody who may not see that one.
_ABOUT_ANOTHER: Final[Mapping[str, tuple[str, str]]] = {
    EntryKind.MERGED: ("merged_into", "Merged into a private incident"),
    EntryKind.MERGED_HERE: ("incident", "A private incident was merged into this incident"),
    EntryKind.MERGE_UNDONE: ("incident", "A private incident was reopened as a separate incident"),
}


def as_read_by(viewer: Viewer, entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """Return the entries without the numbers of incidents that `viewer` may not see. Don't save them."""
    return _without_others(list(entries), seen_among=incidents(viewer))


def as_read_by_everybody(entries: Iterable[TimelineEntry]) -> list[TimelineEntry]:
    """Return the entries without the numbers of private incidents. Don't save them."""
    return _without_others(list(entries), seen_among=Incident.objects.filter(private=False))


def _without_others(entries: list[TimelineEntry], *, seen_among: QuerySet[Incident]) -> list[TimelineEntry]:
    named = {each.pk: each.data[_ABOUT_ANOTHER[each.kind][0]] for each in entries if each.kind in _ABOUT_ANOTHER}
    seen = set(seen_among.filter(number__in=named.values()).order_by().values_list("number", flat=True))
    for entry in entries:
        if entry.pk in named and named[entry.pk] not in seen:
            place, entry.text = _ABOUT_ANOTHER[entry.kind]
            entry.data = entry.data | {place: None}
    return entries


class Freshness(NamedTuple):
    """Grows with everything a page shows of an incident: compare it to know whether to draw again."""

    version: int
    messages: int


def message_count(incident: Incident) -> int:
    """Return how many messages its participants wrote."""
    counted = Participant.objects.filter(incident=incident).aggregate(all=Coalesce(Sum("message_count"), 0))
    return int(counted["all"])


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
    kept_html: str = ""

    @property
    def html(self) -> SafeString:
        return markdown.shown(self.words, self.kept_html, block=True)

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
        FieldLine(name, field, stored, fields.words(field, stored, names=names), incident.fields_html.get(name, ""))
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
    found = incidents(viewer).defer(*(column.attname for column in drawn.columns_of(Incident)))  # a list shows no texts
    for word in words.split():
        name, _, value = word.partition(":")
        field = fields.registry.find(name.lower())
        if field is not None and value:
            found = with_field(found, field, value)
            continue
        says = _says("title", word) | _says("summary", word)
        digits = word.upper().removeprefix("INC-")
        if digits.isdecimal() and len(digits) < 10:
            says |= Q(number=int(digits))
        found = found.filter(says)
    return found


def _says(column: str, words: str) -> Q:
    """Return the condition that a text has these words in it, whatever their case and accents.

    A row that the version before wrote has no folded text yet: there, the database compares as it does.
    """
    letters = folded(words)
    plain = Q(**{f"{column}_folded": "", f"{column}__icontains": words})
    return Q(**{f"{column}_folded__contains": letters}) | plain if letters else plain


def is_called(name: str, *, column: str = "name", lookup: str = "exact") -> Q:
    """Return the condition that a row has this name, whatever its case and accents; or begins with it."""
    plain = Q(**{f"{column}_folded": "", f"{column}__i{lookup}": name})
    return Q(**{f"{column}_folded__{lookup}": folded(name)}) | plain


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
    """Return open ones first, by severity, then the newest. A page that does not exist is the first one."""
    start = (number - 1) * size
    shown = _open_first(found, start=start, count=size + 1) if number > 0 else []
    if not shown and number != 1:
        return page(found, number=1, size=size)
    return Page(number, shown[:size], has_next=len(shown) > size)


def _open_first(found: QuerySet[Incident], *, start: int, count: int) -> list[Incident]:
    """Two questions, each answered by an index: in one, everything would have to be sorted."""
    newest, is_open = found.order_by("-number"), Q(status__in=Status.working())
    shown = list(found.filter(is_open).order_by(*MOST_SEVERE_FIRST)[start : start + count])
    if len(shown) == count:
        return shown
    skipped = 0 if shown or not start else max(0, start - found.filter(is_open).count())
    return shown + list(newest.exclude(is_open)[skipped : skipped + count - len(shown)])


IN_FULL: Final = frozenset({FieldKind.CHOICE, FieldKind.YES_NO, FieldKind.NUMBER, FieldKind.DATE, FieldKind.MOMENT})


def with_field(found: QuerySet[Incident], field: CustomField, value: str) -> QuerySet[Incident]:
    """Keep those whose field says `value`, or of a text has it in it. A value that it cannot have is nowhere."""
    column = f"field_values__{field.name}"
    if field.kind not in IN_FULL:
        is_folded = Q(**{f"fields_folded__{field.name}__icontains": folded(value)})
        return found.filter(is_folded | Q(fields_folded={}, **{f"{column}__icontains": value}))
    try:
        return found.filter(**{column: fields.normal(field, value)})
    except InvalidValue:
        return found.none()


def timeline(incident: Incident) -> QuerySet[TimelineEntry]:
    """What the page tells, in the order in which it happened: each message that is pinned now once, at its own time.

    The entry has the words of when it was pinned; what the message says after later edits is in `pins`.
    """
    plumbing = [EntryKind.PIN_CHANGED, EntryKind.PIN_REMOVED, EntryKind.CHANNEL_REQUESTED, EntryKind.REDACTED]
    told = history(incident).exclude(kind__in=plumbing)
    told = told.exclude(kind=EntryKind.LINK_ADDED, data__kind=Link.HEADLINE)
    is_pinned = Q(seq__in=_newest_of_each_pin(incident))
    told = told.filter(~Q(kind=EntryKind.PIN_ADDED) | is_pinned)
    corrections = TimelineEntry.objects.filter(incident=incident, kind__in=CORRECTIONS).order_by()
    corrected = corrections.annotate(note=Cast(KT("data__note"), IntegerField()))
    newest = corrected.values("note").annotate(newest=Max("seq")).values_list("newest", flat=True)
    told = told.filter(~Q(kind=EntryKind.NOTE_ADDED) | ~Q(seq__in=corrected.values("note")))
    return told.filter(~Q(kind__in=CORRECTIONS) | Q(seq__in=newest)).order_by("happened_at", "seq")


def _newest_of_each_pin(incident: Incident) -> QuerySet[TimelineEntry, int]:
    """The numbers of the entries that pinned a message or took it off, for each message the last one."""
    pinning = TimelineEntry.objects.filter(incident=incident, kind__in=[EntryKind.PIN_ADDED, EntryKind.PIN_REMOVED])
    return pinning.order_by().values("data__pin").annotate(newest=Max("seq")).values_list("newest", flat=True)


def entry(incident: Incident, *, seq: int) -> TimelineEntry:
    """Raise `NotFound` when the incident has no entry with that number."""
    found = history(incident).filter(seq=seq).first()
    if found is None:
        raise NotFound(f"{incident.reference} has no entry {seq}.")
    return found


def history(incident: Incident) -> QuerySet[TimelineEntry]:
    """Everything that was ever recorded, in the order in which it was recorded."""
    return TimelineEntry.objects.filter(incident=incident).select_related("actor").order_by("seq")


def newest(incident: Incident, kind: EntryKind) -> TimelineEntry | None:
    return history(incident).filter(kind=kind).order_by("-seq").first()


def latest_update(incident: Incident) -> TimelineEntry | None:
    """Return the update that says how it stands; once the incident is over, only a final one.

    An update from before the end may promise news that will not come.
    """
    latest = newest(incident, EntryKind.UPDATE_POSTED)
    if latest is None or incident.is_open:
        return latest
    if not latest.data.get("final"):
        return None
    reopened = incident.entries.filter(kind=EntryKind.REOPENED, seq__gt=latest.seq).exists()
    return None if reopened else latest


def open_actions(incident: Incident) -> QuerySet[Action]:
    """What is still to be done, the urgent first."""
    is_urgent = Case(When(priority=Action.Priority.HIGH, then=Value(0)), default=Value(1), output_field=IntegerField())
    return (
        Action.objects.filter(incident=incident, done_at=None)
        .select_related("owner")
        .order_by(is_urgent, "created_at", "pk")
    )


def troubles(incident: Incident, *, since: datetime, channel: bool) -> list[TimelineEntry]:
    """Return what did not work since then, the newest of each; with `channel` also the last refusal of one."""
    troubles = history(incident).filter(kind=EntryKind.TROUBLE).order_by("-seq")
    recent = troubles.exclude(data__with=Link.CHANNEL).filter(recorded_at__gt=since)[:TROUBLES_READ]
    refusals = troubles.filter(data__with=Link.CHANNEL)[:1] if channel else []
    each: dict[str, TimelineEntry] = {}
    for entry in [*refusals, *recent]:
        each.setdefault(str(entry.data.get("with", "")), entry)
    return sorted(list(each.values())[:TROUBLES_AT_MOST], key=lambda entry: entry.seq)


def participants(incident: Incident) -> QuerySet[Participant]:
    """Who took part, in the order in which they came."""
    return Participant.objects.filter(incident=incident).select_related("person")


def members(incident: Incident) -> QuerySet[Member]:
    """Who was invited, or is in the private channel, in the order in which they came."""
    return Member.objects.filter(incident=incident).select_related("person", "invited_by")


@dataclass(frozen=True)
class Insider:
    """Somebody for whom a private incident exists, and why. `member` is None when a role or reporting it suffices."""

    person: Person
    reasons: Sequence[str]
    member: Member | None

    @property
    def can_be_removed(self) -> bool:
        return self.member is not None


def insiders(incident: Incident, *, start: int = 0, count: int | None = None) -> list[Insider]:
    """Return those for whom a private incident exists: the reporter, people with a role, then its members.

    `start` and `count` are for a part of a long list.
    """
    return _insiders(_always_inside(incident), members(incident), start=start, count=count)


def guests_inside(incident: Incident, *, start: int = 0, count: int | None = None) -> list[Insider]:
    """Return the guests for whom a public incident exists, as `insiders` does: everybody else sees it anyhow."""
    belongs = Exists(Member.objects.filter(incident=incident, person=OuterRef("pk"))) | Exists(
        RoleAssignment.objects.filter(incident=incident, person=OuterRef("pk"), ended_at=None)
    )
    if not incident.reporter.is_guest and not Person.objects.filter(belongs, is_guest=True).exists():
        return []  # the usual case, in one query
    fixed = {person: why for person, why in _always_inside(incident).items() if person.is_guest}
    return _insiders(fixed, members(incident).filter(person__is_guest=True), start=start, count=count)


def _always_inside(incident: Incident) -> dict[Person, list[str]]:
    """Return who sees the incident without being invited, and why."""
    reasons: dict[Person, list[str]] = {incident.reporter: ["Reporter"]}
    held = incident.role_assignments.filter(ended_at=None).select_related("person", "role")
    for assignment in held.order_by("role__rank", "assigned_at"):
        reasons.setdefault(assignment.person, []).append(assignment.role.name)
    return reasons


def _insiders(
    reasons: Mapping[Person, list[str]], invited: QuerySet[Member], *, start: int, count: int | None
) -> list[Insider]:
    fixed = [Insider(person, why, None) for person, why in reasons.items()]
    end = None if count is None else start + count
    invited = invited.exclude(person__in=list(reasons))
    before, after = max(0, start - len(fixed)), None if end is None else max(0, end - len(fixed))
    return [*fixed[start:end], *(Insider(each.person, _why_member(each), each) for each in invited[before:after])]


def _why_member(member: Member) -> list[str]:
    why = ["In the channel"] if member.is_in_channel else []
    return [*why, f"Invited by {member.invited_by}"] if member.invited_by else why


def people_inside(incident: Incident) -> list[Person]:
    """Return the people to whom the incident stays visible when it becomes private.

    These are the active people who may see it now and who take part, were invited or have a role. Who left its channel,
    and did not come back, is not among them.
    """
    took_part = Participant.objects.filter(incident=incident, left_at=None).values("person")
    members = Member.objects.filter(incident=incident).values("person")
    holders = RoleAssignment.objects.filter(incident=incident, ended_at=None).values("person")
    found = responders().filter(Q(pk__in=took_part) | Q(pk__in=members) | Q(pk__in=holders))
    return [person for person in found if access.may(person, Act.SEE, incident)]


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


def responders(viewer: Viewer = RESPONSE) -> QuerySet[Person]:
    """The people who may lead or own something, of those whom `viewer` knows."""
    return known_people(viewer).filter(is_active=True, is_bot=False)


def known_people(viewer: Viewer) -> QuerySet[Person]:
    """Everybody; for guests, themselves and the people of the incidents they may see."""
    if viewer is None:
        return Person.objects.none()
    if viewer is RESPONSE or not viewer.is_guest:
        return Person.objects.all()
    seen = incidents(viewer).order_by().values("pk")
    return Person.objects.filter(
        Q(pk=viewer.pk)
        | Q(pk__in=Incident.objects.filter(pk__in=seen).values("reporter"))
        | Q(pk__in=RoleAssignment.objects.filter(incident__in=seen, ended_at=None).values("person"))
        | Q(pk__in=Member.objects.filter(incident__in=seen).values("person"))
        | Q(pk__in=Participant.objects.filter(incident__in=seen).values("person"))
    )


def responders_at(viewer: Person, address: str) -> QuerySet[Person]:
    """The responders with this e-mail address. Guests find only themselves: see `access.may_read_address`."""
    found = responders(viewer).filter(email__iexact=address)
    return found.filter(pk=viewer.pk) if viewer.is_guest else found
