"""The incident document: everything its page shows, gathered in a handful of queries."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode

from django.db.models import QuerySet

from incidents import corrections, drawn, queries, redaction, stretches
from incidents.access import is_administrator, shares_what_they_see
from incidents.fields import FieldKind
from incidents.models import Action, EntryKind, Incident, Link, Participant, Person, Pin, Status, TimelineEntry
from incidents.queries import FieldLine, Insider, Neighbour
from incidents.stretches import Place, Stretch
from incidents.texts import in_markdown
from ui.clock import on_own_clock

T = TypeVar("T")

ICONS: Mapping[str, str] = {
    EntryKind.OPENED: "flag",
    EntryKind.TITLE_CHANGED: "pen",
    EntryKind.SUMMARY_CHANGED: "text",
    EntryKind.IMPACT_CHANGED: "text",
    EntryKind.SEVERITY_CHANGED: "gauge",
    EntryKind.KIND_CHANGED: "pen",
    EntryKind.STARTED_AT_CHANGED: "clock",
    EntryKind.FIELD_CHANGED: "pen",
    EntryKind.STATUS_CHANGED: "step",
    EntryKind.RESOLVED: "check",
    EntryKind.CANCELED: "ban",
    EntryKind.MERGED: "merge",
    EntryKind.MERGED_HERE: "merge",
    EntryKind.MERGE_UNDONE: "again",
    EntryKind.REOPENED: "again",
    EntryKind.LEAD_ASSIGNED: "person",
    EntryKind.LEAD_REMOVED: "person",
    EntryKind.ROLE_ASSIGNED: "person",
    EntryKind.ROLE_REMOVED: "person",
    EntryKind.MEMBER_INVITED: "person",
    EntryKind.MEMBER_REMOVED: "person",
    EntryKind.MADE_PRIVATE: "lock",
    EntryKind.MADE_PUBLIC: "unlock",
    EntryKind.UPDATE_POSTED: "horn",
    EntryKind.CHANNEL_REQUESTED: "hash",
    EntryKind.LINK_ADDED: "link",
    EntryKind.PARTICIPANT_JOINED: "person",
    EntryKind.PIN_ADDED: "pin",
    EntryKind.PIN_CHANGED: "pin",
    EntryKind.PIN_REMOVED: "pin",
    EntryKind.NOTE_ADDED: "note",
    EntryKind.NOTE_CORRECTED: "note",
    EntryKind.NOTE_WITHDRAWN: "ban",
    EntryKind.ACTION_ADDED: "todo",
    EntryKind.ACTION_COMPLETED: "check",
    EntryKind.TROUBLE: "warn",
    EntryKind.REDACTED: "ban",
}


FOLDED_FROM = 500
SHOWN = 50  # rows of each list beside the timeline
ON_A_PAGE = 200  # rows where such a list has a page of its own
LISTS = {
    "participants": "Participants",
    "insiders": "Who can see it",
    "actions": "Actions",
    "links": "Links",
    "merged_here": "Merged here",
}
TROUBLE_STANDS = timedelta(hours=1)


@dataclass(frozen=True)
class Line:
    """One timeline entry as the page tells it."""

    entry: TimelineEntry
    told_at: datetime
    pin: Pin | None
    redacts: int | None = None  # the entry whose text the viewer may redact here
    earlier: Sequence[TimelineEntry] = ()  # of a corrected or withdrawn note, the first one first
    may_be_corrected: bool = False

    @property
    def icon(self) -> str:
        return ICONS.get(self.entry.kind, "note")

    @property
    def is_redacted(self) -> bool:
        return self.entry.is_redacted

    @property
    def what(self) -> str:
        return "Final update" if self.entry.data.get("final") else self.entry.label

    @property
    def how_kept(self) -> str:
        """Return in one word how a message was added to the timeline."""
        return "pinned" if self.entry.label == self.entry.get_kind_display() else "added"

    @property
    def is_withdrawn(self) -> bool:
        return self.entry.kind == EntryKind.NOTE_WITHDRAWN

    @property
    def by(self) -> Person | None:
        """Who did it, unless the sentence begins with their name anyhow."""
        actor = self.entry.actor
        return None if actor is None or self._speaks_of(actor) else actor

    def _speaks_of(self, person: Person) -> bool:
        subject = self.entry.data.get("person") or self.entry.data.get("lead")
        return subject == person.pk if subject else self.entry.text.startswith(f"{in_markdown(person.name)} ")

    @property
    def is_written(self) -> bool:
        return self.entry.is_written

    @property
    def tells_moments(self) -> bool:
        is_moment = self.entry.data.get("field_kind") == FieldKind.MOMENT
        return is_moment or self.is_redacted or self.entry.kind == EntryKind.STARTED_AT_CHANGED

    @property
    def is_long_and_above(self) -> bool:
        """Is it a long text that, unless it has changed since, stands at the top of the page anyhow?"""
        is_above = self.entry.kind in (EntryKind.SUMMARY_CHANGED, EntryKind.IMPACT_CHANGED)
        return is_above and len(self.entry.text) > FOLDED_FROM

    @property
    def is_quote(self) -> bool:
        return self.entry.kind == EntryKind.PIN_ADDED and self.pin is not None and not self.is_redacted

    @property
    def said_by(self) -> str:
        """Who said what was pinned: a person, or a program by its name."""
        return str((self.pin and (self.pin.author or self.pin.author_name)) or "Somebody")

    @property
    def was_recorded_later(self) -> bool:
        """Did somebody write it down after it happened? A reader of the record must be able to tell."""
        return (self.entry.recorded_at - self.entry.happened_at).total_seconds() >= 60


@dataclass(frozen=True)
class Day:
    date: date
    lines: list[Line]
    id: str


@dataclass(frozen=True)
class Shown(Generic[T]):
    """The first rows of a list, and whether there are more."""

    rows: list[T]
    has_more: bool

    @classmethod
    def of(cls, found: QuerySet[Any, T], *, start: int = 0, most: int = SHOWN) -> Shown[T]:
        return cls.of_rows(list(found[start : start + most + 1]), most=most)

    @classmethod
    def of_rows(cls, rows: list[T], *, most: int = SHOWN) -> Shown[T]:
        """Take one more row than are shown."""
        return cls(rows[:most], len(rows) > most)

    def __iter__(self) -> Iterator[T]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Document:
    incident: Incident
    now: datetime
    lead: Person | None
    days: list[Day]
    stretch: Stretch
    latest: Line | None
    participants: Shown[Participant]
    insiders: Shown[Insider]
    actions: Shown[Action]
    redactable_actions: set[int]
    links: Shown[Link]
    has_channel: bool
    channel_is_coming: bool
    update: Line | None
    troubles: list[Line]
    fields: list[FieldLine]
    merged_into: Neighbour | None
    merged_here: Shown[Neighbour]
    shows_everything: bool
    freshness: queries.Freshness
    may_share: bool  # whether the viewer may change who sees it

    @property
    def working_statuses(self) -> list[Status]:
        return list(Status.working())

    @property
    def is_long(self) -> bool:
        """Say whether some entries are not on the page, so that a link to one must name it to the server."""
        return self.stretch.has_earlier or self.stretch.has_later

    @property
    def window(self) -> str:
        """Return the parameters by which the page asks for the same entries again."""
        place = self.stretch.place
        asked = {"first": place.first, "last": place.last, "timeline": "all" if self.shows_everything else None}
        return urlencode({name: value for name, value in asked.items() if value is not None})

    @property
    def most_at_once(self) -> str:
        return f"{stretches.MOST:,}"

    @property
    def first_seq(self) -> int:
        return self.stretch.entries[0].seq

    @property
    def last_seq(self) -> int:
        return self.stretch.entries[-1].seq


def gather(incident: Incident, *, viewer: Person, everything: bool, place: Place, now: datetime) -> Document:
    """Collect the page of `incident`: the timeline as people tell it, or `everything` as it was recorded."""
    # Asked first: what is counted meanwhile is then news to the page.
    freshness = queries.Freshness(incident.version, queries.message_count(incident))
    actions = Shown.of(queries.actions(incident))
    found = queries.history(incident) if everything else queries.timeline(incident)
    stretch = stretches.read(incident, found, place)
    latest = found.reverse().first() if stretch.has_later else stretch.entries[-1] if stretch.entries else None
    update = queries.latest_update(incident)
    lead = incident.lead
    theirs = _Writer.of(viewer, incident, stretch.entries, lead=lead)
    links = Shown.of(queries.links(incident))
    has_channel = any(link.kind == Link.CHANNEL for link in links) or (
        links.has_more and queries.links(incident).filter(kind=Link.CHANNEL).exists()
    )
    asked_for_channel = not has_channel and queries.channel_is_requested(incident)
    # A channel is missed until it comes; nothing reports that the others recovered.
    troubles = queries.troubles(incident, since=now - TROUBLE_STANDS, channel=not has_channel and not asked_for_channel)
    # Before some names are hidden from this reader: what is kept is for all.
    drawn.catch_up([incident, *actions, *theirs.pins.values(), *stretch.entries, *theirs.earlier_entries])
    queries.as_read_by(viewer, [*stretch.entries, *([latest] if latest else [])])
    return Document(
        incident=incident,
        now=now,
        lead=lead,
        days=_by_day(theirs.line(entry, everything=everything) for entry in stretch.entries),
        stretch=stretch,
        latest=theirs.line(latest, everything=everything) if latest else None,
        participants=Shown.of(queries.participants(incident)),
        insiders=Shown.of_rows(_insiders(incident, count=SHOWN + 1)),
        actions=actions,
        redactable_actions={each.pk for each in actions if redaction.may_redact_action(viewer, each)},
        links=links,
        has_channel=has_channel,
        channel_is_coming=asked_for_channel,
        update=theirs.line(update, everything=everything) if update else None,
        troubles=[theirs.line(each, everything=everything) for each in troubles],
        fields=queries.field_lines(incident),
        merged_into=queries.merged_into(viewer, incident),
        merged_here=Shown.of_rows(queries.merged_here(viewer, incident, count=SHOWN + 1)),
        shows_everything=everything,
        freshness=freshness,
        may_share=shares_what_they_see(viewer),
    )


def _insiders(incident: Incident, *, start: int = 0, count: int) -> list[Insider]:
    """Return those whose access is worth naming: of a public incident only the guests."""
    found = queries.insiders if incident.private else queries.guests_inside
    return found(incident, start=start, count=count)


def page_of(incident: Incident, part: str, *, viewer: Person, number: int) -> dict[str, Any]:
    """Return a page of one of `LISTS`, as `Document` has its beginning."""
    start = (number - 1) * ON_A_PAGE
    shown: Shown[Any]
    match part:
        case "participants":
            shown = Shown.of(queries.participants(incident), start=start, most=ON_A_PAGE)
        case "actions":
            shown = Shown.of(queries.actions(incident), start=start, most=ON_A_PAGE)
        case "insiders":
            inside = _insiders(incident, start=start, count=ON_A_PAGE + 1)
            shown = Shown.of_rows(inside, most=ON_A_PAGE)
        case "links":
            shown = Shown.of(queries.links(incident), start=start, most=ON_A_PAGE)
        case _:
            rows = queries.merged_here(viewer, incident, start=start, count=ON_A_PAGE + 1)
            shown = Shown.of_rows(rows, most=ON_A_PAGE)
    theirs = {each.pk for each in shown if part == "actions" and redaction.may_redact_action(viewer, each)}
    return {
        part: shown,
        "lead": incident.lead,
        "redactable_actions": theirs,
        "has_channel": True,
        "may_share": shares_what_they_see(viewer),
    }


@dataclass(frozen=True)
class _Writer:
    """Who looks at the page, and what of it is theirs to redact."""

    person: Person
    is_administrator: bool
    pins: Mapping[int, Pin]
    actions: Mapping[int, Action]
    lead: Person | None
    notes: Mapping[int, Sequence[TimelineEntry]]  # corrected ones: their entries, by the number of the first

    @property
    def earlier_entries(self) -> list[TimelineEntry]:
        return [entry for entries in self.notes.values() for entry in entries]

    @classmethod
    def of(
        cls, person: Person, incident: Incident, entries: Iterable[TimelineEntry], *, lead: Person | None
    ) -> _Writer:
        """Read the pins and action items that these entries tell of."""
        pins = {pk for entry in entries if (pk := _number(entry, "pin"))}
        actions = {pk for entry in entries if (pk := _number(entry, "action"))}
        return cls(
            person,
            is_administrator(person),
            queries.pins(incident).in_bulk(pins) if pins else {},
            queries.actions(incident).in_bulk(actions) if actions else {},
            lead,
            corrections.entries_by_note(
                incident, [entry.data["note"] for entry in entries if entry.kind in corrections.CORRECTIONS]
            ),
        )

    def line(self, entry: TimelineEntry, *, everything: bool) -> Line:
        told_at = entry.recorded_at if everything else entry.happened_at
        earlier = [] if everything else self._earlier(entry)
        # The words of a withdrawn note are those that it had before.
        worded = earlier[-1] if earlier and entry.kind == EntryKind.NOTE_WITHDRAWN else entry
        return Line(
            entry,
            told_at,
            self.pins.get(_number(entry, "pin")),
            worded.seq if self._may_redact(worded) and not worded.is_redacted else None,
            earlier,
            self._may_correct(entry),
        )

    def _earlier(self, entry: TimelineEntry) -> list[TimelineEntry]:
        return [each for each in self.notes.get(_number(entry, "note"), ()) if each.seq < entry.seq]

    def _may_correct(self, entry: TimelineEntry) -> bool:
        if entry.is_redacted or entry.kind not in (EntryKind.NOTE_ADDED, EntryKind.NOTE_CORRECTED):
            return False
        versions = self.notes.get(_number(entry, "note") or entry.seq, ())
        if versions and versions[-1].kind == EntryKind.NOTE_WITHDRAWN:
            return False
        is_theirs = self._first(entry).actor_id == self.person.pk
        return is_theirs or self.is_administrator or self.person == self.lead

    def _first(self, entry: TimelineEntry) -> TimelineEntry:
        return [*self.notes.get(_number(entry, "note"), ()), entry][0]

    def _may_redact(self, entry: TimelineEntry) -> bool:
        """Say the same as `redaction.may_redact`, without a query for each line."""
        if not redaction.has_words(entry):
            return False
        author = entry.actor_id
        if entry.kind == EntryKind.NOTE_CORRECTED and self._first(entry).actor_id == self.person.pk:
            return True
        if (pin := self.pins.get(_number(entry, "pin"))) is not None:
            author = pin.author_id
        elif (action := self.actions.get(_number(entry, "action"))) is not None:
            author = action.created_by_id
        return self.is_administrator or author == self.person.pk


def _number(entry: TimelineEntry, of: str) -> int:
    return int(entry.data.get(of) or 0)


def _by_day(lines: Iterable[Line]) -> list[Day]:
    """Group by the viewer's days. A day that comes again, as clocks were wrong, has an id that its first line gives."""
    days: list[Day] = []
    for day, those in groupby(lines, key=_day_of):
        those_lines = list(those)
        is_again = any(each.date == day for each in days)
        days.append(Day(day, those_lines, f"day-of-{those_lines[0].entry.seq}" if is_again else f"day-{day}"))
    return days


def _day_of(line: Line) -> date:
    return on_own_clock(line.told_at).date()
