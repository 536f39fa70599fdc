"""Let interfaces remove their own copies of a redacted text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from incidents.models import Incident, TimelineEntry
from incidents.traces import Traces
from people.models import Person


@dataclass(frozen=True)
class Removed:
    """What an interface needs to know to remove its own copies."""

    incident: Incident
    traces: Traces
    properties: Sequence[str]  # of the incident, whose current value was overwritten: "title", "summary", …
    titles: Sequence[str]  # the removed titles: a channel may be named after them
    entries: Sequence[TimelineEntry]  # whose texts were overwritten
    cleaned: Sequence[int]  # primary keys of entries that contained the text beside other facts
    by: Person
    at: datetime
    key: str  # unique to this redaction


Purge = Callable[[Removed], Iterable[str]]
purges: list[Purge] = []


def on_redaction(purge: Purge) -> None:
    """Call `purge` in the transaction of each redaction. It returns addresses of copies that it can't remove."""
    if purge not in purges:
        purges.append(purge)
