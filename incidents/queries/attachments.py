"""Read what is kept with an incident, and the severities that people choose from."""

from __future__ import annotations

from django.db.models import Case, IntegerField, QuerySet, Value, When

from incidents.models import Action, Incident, Link, Pin, Severity
from people.errors import NotFound


def open_actions(incident: Incident) -> QuerySet[Action]:
    """What is still to be done, the urgent first."""
    is_urgent = Case(When(priority=Action.Priority.HIGH, then=Value(0)), default=Value(1), output_field=IntegerField())
    return (
        Action.objects.filter(incident=incident, done_at=None)
        .select_related("owner")
        .order_by(is_urgent, "created_at", "pk")
    )


def pins(incident: Incident) -> QuerySet[Pin]:
    """Every message that was ever kept, also those taken off again."""
    return Pin.objects.filter(incident=incident).select_related("author", "pinned_by")


def actions(incident: Incident) -> QuerySet[Action]:
    """What is to be done first, then what is done."""
    done = Case(When(done_at=None, then=Value(0)), default=Value(1), output_field=IntegerField())
    return (
        Action.objects.filter(incident=incident)
        .select_related("owner", "done_by", "created_by")
        .order_by(done, "created_at", "pk")
    )


def action(incident: Incident, *, pk: int) -> Action:
    """Raise `NotFound` when the incident has no such action item."""
    found = actions(incident).filter(pk=pk).first()
    if found is None:
        raise NotFound(f"{incident.reference} has no such action item.")
    return found


def links(incident: Incident) -> QuerySet[Link]:
    return Link.objects.filter(incident=incident)


def severities() -> QuerySet[Severity]:
    """The severities people may choose from, the worst first."""
    return Severity.objects.filter(is_active=True)
