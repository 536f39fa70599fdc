"""Show the first rows of the lists beside the timeline, or a page of one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import QuerySet

from incidents import queries, redaction
from incidents.access import shares_what_they_see
from incidents.models import Incident
from incidents.queries import Insider
from people.models import Person

T = TypeVar("T")

SHOWN = 50  # rows of each list beside the timeline
ON_A_PAGE = 200  # rows where such a list has a page of its own
LISTS = {
    "participants": "Participants",
    "insiders": "Who can see it",
    "actions": "Action items",
    "links": "Links",
    "merged_here": "Merged into this incident",
}


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


def named_insiders(incident: Incident, *, start: int = 0, count: int) -> list[Insider]:
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
            inside = named_insiders(incident, start=start, count=ON_A_PAGE + 1)
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
