"""Find the incidents that a viewer may see, and how fresh what they see is."""

from __future__ import annotations

from typing import NamedTuple

from django.db.models import QuerySet, Sum
from django.db.models.functions import Coalesce

from incidents import access
from incidents.models import Incident, Participant
from people.actors import System, Viewer
from people.errors import NotFound


def incidents(viewer: Viewer) -> QuerySet[Incident]:
    """The incidents that `viewer` may see, newest first."""
    everything = Incident.objects.select_related("severity", "reporter").prefetch_related("role_assignments")
    if isinstance(viewer, System):
        return everything
    if viewer is None or not viewer.is_active:
        return everything.none()
    return everything.filter(access.visible_to(viewer))


def incident(viewer: Viewer, *, number: int) -> Incident:
    """Return the incident. Raise `NotFound` if it doesn't exist or `viewer` may not see it."""
    found = incidents(viewer).filter(number=number).first()
    if found is None:
        raise NotFound(f"There is no incident INC-{number}.")
    return found


class Freshness(NamedTuple):
    """Grows with everything a page shows of an incident: compare it to know whether to draw again."""

    version: int
    messages: int


def message_count(incident: Incident) -> int:
    """Return how many messages its participants wrote."""
    counted = Participant.objects.filter(incident=incident).aggregate(all=Coalesce(Sum("message_count"), 0))
    return int(counted["all"])


def freshness(viewer: Viewer, *, number: int) -> Freshness:
    """One small query. Raise `NotFound` when there is no such incident, or `viewer` may not see it."""
    found = (
        incidents(viewer)
        .filter(number=number)
        .values_list("version", Coalesce(Sum("participants__message_count"), 0))
        .first()
    )
    if found is None:
        raise NotFound(f"There is no incident INC-{number}.")
    return Freshness(*found)
