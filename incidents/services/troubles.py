"""Record that something did not work, or that somebody who is needed was deactivated."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import Q

from incidents import entries, vetoes
from incidents.locking import lock
from incidents.models import Incident, Status
from incidents.recording import record
from incidents.services.wording import name_of
from incidents.texts import in_markdown
from people.actors import System
from people.models import Person

BY_ITSELF: Final = System("a trouble")
DEPARTURE = "departure"  # what a trouble is with when somebody was deactivated who is needed


@vetoes.change
def record_trouble(incident: Incident, *, with_: str, text: str, at: datetime) -> None:
    """Tell the people of the incident that something could not be done for them: `with_` names what, as "channel"."""
    lock(incident, by=BY_ITSELF)
    record(incident, entries.Trouble(about=with_, words=text), by=BY_ITSELF, at=at)


@vetoes.change
def record_departure(person: Person, *, at: datetime) -> None:
    """Tell every open incident in which a person who was deactivated has a role, or owns open action items."""
    roles = Incident.objects.filter(role_assignments__person=person, role_assignments__ended_at=None)
    owned = Incident.objects.filter(actions__owner=person, actions__done_at=None)
    concerned = Incident.objects.filter(status__in=Status.working()).filter(Q(pk__in=roles) | Q(pk__in=owned))
    for incident in concerned.order_by("pk"):
        _tell_of_departure(incident, person, at=at)


def _tell_of_departure(incident: Incident, person: Person, *, at: datetime) -> None:
    lock(incident, by=BY_ITSELF)
    held = incident.role_assignments.filter(person=person, ended_at=None).order_by("role__rank", "role__name")
    roles = [assignment.role for assignment in held]
    actions = incident.actions.filter(owner=person, done_at=None).count()
    if not incident.is_open or not (roles or actions):
        return
    has = [f"is still {role.name.lower()}" for role in roles]
    has += [f"owns {actions} open action item{'' if actions == 1 else 's'}"] if actions else []
    entry = entries.Trouble(
        about=DEPARTURE,
        person=person.pk,
        roles=[role.key for role in roles],
        actions=actions,
        words=f"{name_of(person)} was deactivated, and {in_markdown(' and '.join(has))}",
    )
    record(incident, entry, by=BY_ITSELF, at=at)
