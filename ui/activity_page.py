"""The page of one's own activity, and the views of the incident document that are part of it."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from incidents import activity, queries
from incidents.models import Activity, Incident
from people.models import Person
from ui.door import Request, page

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Day:
    """A row of the table: the counts in the order of its columns, and their sum."""

    day: date
    counts: Sequence[tuple[Activity.Kind, int]]
    incidents: Sequence[int]  # their numbers

    @property
    def total(self) -> int:
        return sum(count for _, count in self.counts)


@require_safe
@page
def own_activity(request: Request, viewer: Person) -> HttpResponse:
    """Show a month of one's own signs of work; `before` asks for an earlier one."""
    found = queries.own_activity(viewer, before=_day(request.GET.get("before", "")))
    kinds = [kind for kind in Activity.Kind if any(each.kind == kind for each in found.counted)]
    days = []
    for day, rows in groupby(found.counted, key=lambda each: each.day):
        counts: Counter[Activity.Kind] = Counter()
        numbers = {}
        for each in rows:
            counts[each.kind] += each.count
            numbers[each.incident] = True
        days.append(Day(day, [(kind, counts[kind]) for kind in kinds], list(numbers)))
    context = {"days": days, "kinds": kinds, "earlier": found.earlier, "kept_for": settings.ACTIVITY_DAYS}
    return render(request, "ui/activity.html", context)


def _day(said: str) -> date | None:
    try:
        return date.fromisoformat(said)
    except ValueError:
        return None


def note_view(response: HttpResponse, request: Request, incident: Incident, *, by: Person, at: datetime) -> None:
    """Keep that somebody opened a document, once they have it. What a page asks for by itself is not opened."""
    if request.method != "GET" or request.htmx:
        return

    def note() -> None:
        try:
            activity.note_view(incident.pk, by=by, at=at)
        except DatabaseError as error:  # they have their page, and nobody can be told any more
            logger.warning("A view of %s was not noted: %s", incident.reference, error)

    # The server closes the response after sending it, before Django gives the database connection back.
    response._resource_closers.append(note)  # type: ignore[attr-defined]  # unknown to the stubs
