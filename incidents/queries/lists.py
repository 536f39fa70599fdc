"""List incidents: the open ones, similar ones, and page by page."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from django.db.models import F, Q, QuerySet

from incidents.models import Incident, Status
from incidents.queries.visible import incidents
from people.actors import Viewer
from people.texts import folded

MOST_SEVERE_FIRST: Final = (F("severity__rank").asc(nulls_last=True), "-number")
COMPARED: Final = 200  # open incidents whose titles are compared, the most severe
ALIKE: Final = 0.5  # share of words that two similar titles have in common
EMPTY_WORDS: Final = frozenset(
    ("a", "an", "and", "are", "at", "by", "for", "from", "in", "is", "it", "no", "not", "of", "on", "or", "the", "to")
)


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
