"""Everything the doors read. Each question takes the viewer: what they may not see does not exist for them.

A viewer is a `Person`, None (a stranger, who sees nothing) or `RESPONSE` (the program itself, which draws for all).
"""

from __future__ import annotations

from enum import Enum
from typing import Final

from django.db.models import Q, QuerySet

from incidents.errors import NotFound
from incidents.models import EntryKind, Incident, Person, Pin, Severity, Status, TimelineEntry


class _Program(Enum):
    RESPONSE = "response"


RESPONSE: Final = _Program.RESPONSE
Viewer = Person | _Program | None


def incidents(viewer: Viewer) -> QuerySet[Incident]:
    """The incidents that `viewer` may see, newest first."""
    everything = Incident.objects.select_related("severity", "reporter").prefetch_related(
        "role_assignments__role", "role_assignments__person"
    )
    if viewer is None:
        return everything.none()
    if viewer is RESPONSE:
        return everything
    involved = Q(reporter=viewer) | Q(
        pk__in=Incident.objects.filter(
            Q(participants__person=viewer) | Q(role_assignments__person=viewer, role_assignments__ended_at=None)
        ).values("pk")
    )
    return everything.filter(Q(private=False) | involved)


def open_incidents(viewer: Viewer) -> QuerySet[Incident]:
    return incidents(viewer).filter(status__in=Status.working())


def incident(viewer: Viewer, *, number: int) -> Incident:
    """Raise `NotFound` when there is none, or none that `viewer` may see."""
    found = incidents(viewer).filter(number=number).first()
    if found is None:
        raise NotFound(f"There is no incident INC-{number}.")
    return found


def timeline(incident: Incident) -> QuerySet[TimelineEntry]:
    """What the page tells, in the order in which it happened: without pins that were taken off again."""
    gone = Pin.objects.filter(incident=incident, removed_at__isnull=False).values_list("pk", flat=True)
    return (
        history(incident)
        .exclude(kind=EntryKind.PIN_REMOVED)
        .exclude(kind=EntryKind.PIN_ADDED, data__pin__in=list(gone))
        .order_by("happened_at", "seq")
    )


def history(incident: Incident) -> QuerySet[TimelineEntry]:
    """Everything that was ever recorded, in the order in which it was recorded."""
    return TimelineEntry.objects.filter(incident=incident).select_related("actor").order_by("seq")


def severities() -> QuerySet[Severity]:
    """The severities people may choose from, the worst first."""
    return Severity.objects.filter(is_active=True)


def responders() -> QuerySet[Person]:
    """The people who may lead or own something."""
    return Person.objects.filter(is_active=True, is_bot=False)
