"""Find the incidents that were merged with another one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db.models import QuerySet

from incidents.models import Incident
from incidents.queries.visible import incidents
from people.actors import Viewer


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
