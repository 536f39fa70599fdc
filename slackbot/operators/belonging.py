"""Which incident a row of work belongs to, and which parts of the row a viewer may read.

Payloads, errors and tracebacks repeat what people wrote. Operators who may not see a private incident learn that one of
its rows is waiting or failed, and can retry or discard it; the rest is hidden from them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from incidents.models import EntryKind, Incident, Link, TimelineEntry
from incidents.references import is_hidden
from people.models import Person
from slackbot.directory import workspace
from slackbot.inbound.job_kinds.kind import ENTRY, INCIDENT, NUMBER, REMINDER, kind_of
from slackbot.inbound.places import INCIDENT_BLOCK
from slackbot.models import CommsChannel, Headline, InboxEntry, OutboxEntry, Reminder

Row: TypeAlias = InboxEntry | OutboxEntry
Clue: TypeAlias = tuple[str, Any]

HIDDEN: Final = "Only people who can see the incident can read the details."
# The ids that a database can search for. A stored payload may contain anything.
SLACK_ID: Final = re.compile(r"[A-Za-z0-9.]{1,40}")
NUMBERS_END: Final = 2**31
CHANNEL, MESSAGE = "channel", "message"


@dataclass(frozen=True)
class Belonging:
    """Map rows, by table and key, to the incidents they belong to, and know which of these `viewer` may not see.

    Without a viewer (on the command line, in logs, in texts for every operator), private incidents are hidden.
    """

    incidents: dict[tuple[str, int], frozenset[int]]
    references: dict[int, str]
    hidden: frozenset[int]

    @classmethod
    def of(cls, rows: Sequence[Row], *, viewer: Person | None) -> Belonging:
        clues = {_key(row): set(_clues_of(row)) for row in rows}
        found = _resolved({clue for each in clues.values() for clue in each})
        incidents = {key: frozenset(pk for clue in each for pk in found[clue]) for key, each in clues.items()}
        known = Incident.objects.filter(pk__in={pk for each in incidents.values() for pk in each})
        hidden = frozenset(incident.pk for incident in known if is_hidden(incident, viewer=viewer))
        return cls(incidents, {incident.pk: incident.reference for incident in known}, hidden)

    def is_hidden(self, row: Row) -> bool:
        return bool(self.incidents.get(_key(row), frozenset()) & self.hidden)

    def is_of(self, row: Row, incident: Incident) -> bool:
        return incident.pk in self.incidents.get(_key(row), frozenset())

    def about(self, row: Row) -> str:
        """Return " of INC-1", or "" for a row that belongs to no incident."""
        if self.is_hidden(row):
            return " of a private incident"
        references = sorted(self.references[pk] for pk in self.incidents.get(_key(row), ()) if pk in self.references)
        return f" of {', '.join(references)}" if references else ""


def _key(row: Row) -> tuple[str, int]:
    return row._meta.label, row.pk


def _clues_of(row: Row) -> Iterator[Clue]:
    if isinstance(row, OutboxEntry):
        if row.incident_id is not None:
            yield INCIDENT, row.incident_id
        yield from clues(row.args, row.kind)
    else:
        yield from clues(row.payload, row.kind)


def clues(value: Any, kind: str) -> Iterator[Clue]:
    """Yield everything in a payload that names an incident, its channel, or a message of its headline's thread."""
    refers_to = kind_of(kind).refers_to
    left = [value]  # an explicit stack: a payload may be nested deeper than Python's recursion limit
    while left:
        match left.pop():
            case dict() as found:
                for key, each in found.items():
                    yield from _clue(key, each, refers_to)
                left.extend(found.values())
            case list() as found:
                left.extend(found)


def _clue(key: str, value: Any, refers_to: Mapping[str, str]) -> Iterator[Clue]:
    match key, value:
        case (("channel" | "channel_id"), str()) if SLACK_ID.fullmatch(value):
            yield CHANNEL, value
        case "channel", {"id": str() as channel} if SLACK_ID.fullmatch(channel):
            yield CHANNEL, channel
        case (("ts" | "thread_ts" | "message_ts"), str()) if SLACK_ID.fullmatch(value):
            yield MESSAGE, value
        case "block_id", str() if found := INCIDENT_BLOCK.fullmatch(value):
            yield NUMBER, int(found[1])
        case _, int() if key in refers_to and 0 < value < NUMBERS_END:
            yield refers_to[key], value


def _resolved(clues: set[Clue]) -> dict[Clue, set[int]]:
    """Return the incidents that each clue leads to, with few queries however many rows there are."""
    wanted: dict[str, set[Any]] = defaultdict(set)
    for sort, value in clues:
        wanted[sort].add(value)
    found: dict[Clue, set[int]] = defaultdict(set)
    for pk in wanted[INCIDENT]:
        found[INCIDENT, pk].add(pk)
    links = {workspace.channel_link(each): each for each in wanted[CHANNEL]}
    # Only the timeline knows a channel that work left when its incident became private.
    left = TimelineEntry.objects.filter(kind=EntryKind.LINK_ADDED, incident__private=True, data__kind=Link.CHANNEL)
    sources: list[tuple[str, Iterable[tuple[Any, int]]]] = [
        (NUMBER, Incident.objects.filter(number__in=wanted[NUMBER]).values_list("number", "pk")),
        (ENTRY, TimelineEntry.objects.filter(pk__in=wanted[ENTRY]).values_list("pk", "incident")),
        (REMINDER, Reminder.objects.filter(pk__in=wanted[REMINDER]).values_list("pk", "incident")),
        (CHANNEL, CommsChannel.objects.filter(channel_id__in=wanted[CHANNEL]).values_list("channel_id", "incident")),
        (MESSAGE, Headline.objects.filter(ts__in=wanted[MESSAGE]).values_list("ts", "incident")),
    ]
    if links:
        urls = left.filter(data__url__in=list(links)).values_list("data__url", "incident")
        sources.append((CHANNEL, [(links[url], incident) for url, incident in urls]))
    for sort, pairs in sources:
        for value, incident in pairs:
            found[sort, value].add(incident)
    return found
