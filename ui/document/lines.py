"""Tell timeline entries as the page shows them, day by day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from incidents import corrections, queries, redaction
from incidents.fields import FieldKind
from incidents.models import Action, EntryKind, Incident, Pin, TimelineEntry
from incidents.texts import in_markdown
from people.access import is_administrator
from people.models import Person
from ui.clock import on_own_clock

FOLDED_FROM = 500


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
        return self.entry.details.icon

    @property
    def is_redacted(self) -> bool:
        return self.entry.is_redacted

    @property
    def what(self) -> str:
        return self.entry.label

    @property
    def how_kept(self) -> str:
        """Return in one word how a message was added to the timeline."""
        return "pinned" if self.entry.label == self.entry.kind_label else "added"

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
class Reader:
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
    def of(cls, person: Person, incident: Incident, entries: Iterable[TimelineEntry], *, lead: Person | None) -> Reader:
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


def by_day(lines: Iterable[Line]) -> list[Day]:
    """Group by the viewer's days. A day that comes again, as clocks were wrong, has an id that its first line gives."""
    days: list[Day] = []
    for day, those in groupby(lines, key=_day_of):
        those_lines = list(those)
        is_again = any(each.date == day for each in days)
        days.append(Day(day, those_lines, f"day-of-{those_lines[0].entry.seq}" if is_again else f"day-{day}"))
    return days


def _day_of(line: Line) -> date:
    return on_own_clock(line.told_at).date()
