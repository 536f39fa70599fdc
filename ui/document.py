"""The incident document: everything its page shows, gathered in a handful of queries."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.utils import timezone

from incidents import queries
from incidents.fields import FieldKind
from incidents.models import Action, EntryKind, Incident, Link, Participant, Person, Pin, Status, TimelineEntry
from incidents.queries import FieldLine, Neighbour
from incidents.texts import in_markdown

# Where an entry's text is what somebody wrote: any Markdown. Elsewhere it is one sentence.
WRITTEN = {
    EntryKind.SUMMARY_CHANGED,
    EntryKind.IMPACT_CHANGED,
    EntryKind.UPDATE_POSTED,
    EntryKind.NOTE_ADDED,
    EntryKind.PIN_CHANGED,
    EntryKind.ACTION_ADDED,
    EntryKind.ACTION_COMPLETED,
}

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
    EntryKind.ACTION_ADDED: "todo",
    EntryKind.ACTION_COMPLETED: "check",
    EntryKind.TROUBLE: "warn",
}


FOLDED_FROM = 500
TROUBLE_STANDS = timedelta(hours=1)


@dataclass(frozen=True)
class Line:
    """One timeline entry as the page tells it."""

    entry: TimelineEntry
    told_at: datetime
    pin: Pin | None

    @property
    def icon(self) -> str:
        return ICONS.get(self.entry.kind, "note")

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
        return self.entry.kind in WRITTEN or self.entry.data.get("field_kind") == FieldKind.PARAGRAPH

    @property
    def tells_moments(self) -> bool:
        is_moment = self.entry.data.get("field_kind") == FieldKind.MOMENT
        return is_moment or self.entry.kind == EntryKind.STARTED_AT_CHANGED

    @property
    def is_long_and_above(self) -> bool:
        """Is it a long text that, unless it has changed since, stands at the top of the page anyhow?"""
        is_above = self.entry.kind in (EntryKind.SUMMARY_CHANGED, EntryKind.IMPACT_CHANGED)
        return is_above and len(self.entry.text) > FOLDED_FROM

    @property
    def is_quote(self) -> bool:
        return self.entry.kind == EntryKind.PIN_ADDED and self.pin is not None

    @property
    def was_recorded_later(self) -> bool:
        """Did somebody write it down after it happened? A reader of the record must be able to tell."""
        return (self.entry.recorded_at - self.entry.happened_at).total_seconds() >= 60


@dataclass(frozen=True)
class Day:
    date: date
    lines: list[Line]


@dataclass(frozen=True)
class Document:
    incident: Incident
    now: datetime
    lead: Person | None
    days: list[Day]
    latest: Line | None
    participants: list[Participant]
    actions: list[Action]
    links: list[Link]
    channel_is_coming: bool
    update: Line | None
    troubles: list[Line]
    fields: list[FieldLine]
    merged_into: Neighbour | None
    merged_here: list[Neighbour]
    shows_everything: bool
    freshness: queries.Freshness

    @property
    def working_statuses(self) -> list[Status]:
        return list(Status.working())

    @property
    def channel(self) -> Link | None:
        return next((link for link in self.links if link.kind == Link.CHANNEL), None)

    @property
    def open_actions(self) -> int:
        return sum(action.done_at is None for action in self.actions)


def gather(incident: Incident, *, viewer: Person, everything: bool, now: datetime) -> Document:
    """Collect the page of `incident`: the timeline as people tell it, or `everything` as it was recorded."""
    participants = list(queries.participants(incident))
    days = _history(incident) if everything else _timeline(incident)
    links = list(queries.links(incident))
    has_channel = any(link.kind == Link.CHANNEL for link in links)
    asked_for_channel = not has_channel and queries.channel_is_requested(incident)
    merged_into, merged_here = queries.neighbours(viewer, incident)
    newest = _newest(line for day in days for line in day.lines)
    troubles = [line for (kind, _), line in newest.items() if kind == EntryKind.TROUBLE]
    return Document(
        incident=incident,
        now=now,
        lead=incident.lead,
        days=days,
        latest=days[-1].lines[-1] if days else None,
        participants=participants,
        actions=list(queries.actions(incident)),
        links=links,
        channel_is_coming=asked_for_channel,
        update=newest.get((EntryKind.UPDATE_POSTED, "")),
        troubles=[line for line in troubles if _stands(line, now=now, channel=has_channel or asked_for_channel)],
        fields=queries.field_lines(incident),
        merged_into=merged_into,
        merged_here=merged_here,
        shows_everything=everything,
        freshness=queries.Freshness(incident.version, sum(each.message_count for each in participants)),
    )


def _timeline(incident: Incident) -> list[Day]:
    pins = {pin.pk: pin for pin in queries.pins(incident)}
    return _by_day(Line(entry, entry.happened_at, pins.get(_pin_of(entry))) for entry in queries.timeline(incident))


def _history(incident: Incident) -> list[Day]:
    pins = {pin.pk: pin for pin in queries.pins(incident)}
    return _by_day(Line(entry, entry.recorded_at, pins.get(_pin_of(entry))) for entry in queries.history(incident))


def _newest(lines: Iterable[Line]) -> dict[tuple[str, str], Line]:
    """Return the newest line of each kind; of troubles, with each thing that did not work."""
    in_order = sorted(lines, key=lambda line: line.entry.seq)
    return {(line.entry.kind, str(line.entry.data.get("with", ""))): line for line in in_order}


def _stands(trouble: Line, *, now: datetime, channel: bool) -> bool:
    """Is it still worth a place at the top? A channel is missed until it comes; of the rest we hear no good end."""
    if trouble.entry.data.get("with") == Link.CHANNEL:
        return not channel
    return now - trouble.told_at < TROUBLE_STANDS


def _pin_of(entry: TimelineEntry) -> int:
    return int(entry.data.get("pin") or 0)


def _by_day(lines: Iterable[Line]) -> list[Day]:
    """Group by the viewer's days."""
    return [Day(day, list(those)) for day, those in groupby(lines, key=_day_of)]


def _day_of(line: Line) -> date:
    return timezone.localtime(line.told_at).date()
