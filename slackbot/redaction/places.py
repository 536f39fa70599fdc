"""Recognize the rows that belong to an incident."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from django.db.models import Q

from incidents.models import EntryKind, Incident
from incidents.references import REFERENCE
from incidents.traces import leaves, mentions
from slackbot.inbound.job_kinds.kind import INCIDENT, NUMBER
from slackbot.models import CommsChannel, Headline, InboxEntry
from slackbot.operators.belonging import CHANNEL, Clue, clues

METADATA: Final = re.compile(r'"incident": ?(\d{1,9})\b')  # in a dialog's metadata


class Place:
    """The things that identify an incident in this interface's rows: its channels, headline and number."""

    def __init__(self, incident: Incident) -> None:
        self.incident = incident
        present = CommsChannel.objects.filter(incident=incident).values_list("channel_id", flat=True)
        # Only the timeline knows a channel that work left.
        links = incident.entries.filter(kind=EntryKind.LINK_ADDED, data__kind="channel").values_list("data", flat=True)
        self.channels = {*present, *(str(data.get("url", "")).rpartition("/")[2] for data in links)} - {""}
        self.headline = Headline.objects.filter(incident=incident).values_list("ts", flat=True).first()
        self.order = (*self.channels, f"incident:{incident.pk}", f"reminders:{incident.pk}")
        self._others: dict[str, bool] = {}

    def anything(self, columns: Iterable[str]) -> Q:
        """Return the condition that a row may name the incident; `holds` decides."""
        number = self.incident.number
        words = [*self.channels, f"INC-{number}", f"incident-{number}", f'incident": {number}', "incident\\"]
        return mentions(columns, [*words, *filter(None, [self.headline])], lookup="contains")

    def in_order(self) -> Q:
        """Return the condition that a row of the inbox is ordered with others of the incident."""
        found = Q(pk__in=())
        for name in self.order:
            found |= Q(order_key__startswith=f"{name}:")
        return found

    def is_in_order(self, row: InboxEntry) -> bool:
        """Return what `in_order` says of the row: the quickest check."""
        return any(row.order_key.startswith(f"{name}:") for name in self.order)

    def holds(self, value: Any, *, kind: str = "") -> bool:
        """Return whether it names the incident. The place of a message counts more than what it is about."""
        found = set(clues_in(value, kind))
        channels = {each for sort, each in found if sort == CHANNEL}
        if channels & self.channels:
            return True
        return not self._are_anothers(channels) and any(self._is_ours(*clue) for clue in found)

    def is_anothers(self, value: Any, *, kind: str = "") -> bool:
        found = set(clues_in(value, kind))
        own = {(NUMBER, self.incident.number), (INCIDENT, self.incident.pk)}
        if any(clue not in own for clue in found if clue[0] in (NUMBER, INCIDENT)):
            return True
        return self._are_anothers({each for sort, each in found if sort == CHANNEL})

    def _is_ours(self, sort: str, value: Any) -> bool:
        match sort:
            case "channel":
                return value in self.channels
            case "message":
                return bool(value == self.headline)
            case "incident":
                return bool(value == self.incident.pk)
            case "number":
                return bool(value == self.incident.number)
        return False

    def _are_anothers(self, channels: set[str]) -> bool:
        for channel in channels - self._others.keys():
            found = CommsChannel.objects.exclude(incident=self.incident).filter(channel_id=channel)
            self._others[channel] = found.exists()
        return any(self._others[channel] for channel in channels)


def clues_in(value: Any, kind: str) -> Iterator[Clue]:
    """Yield everything that names an incident, its channel, or its headline, including inside strings."""
    yield from clues(value, kind)
    for leaf in leaves(value):
        yield from ((NUMBER, int(found)) for pattern in (REFERENCE, METADATA) for found in pattern.findall(leaf))
