"""Lock an incident for a change, and check that the person may make it. Every service begins with this."""

from __future__ import annotations

from incidents import access
from incidents.models import Incident
from people.actors import Actor
from people.models import Person


def lock(incident: Incident, *, by: Actor) -> None:
    """Lock the incident and check that `by` may change its current state. Its service decides about a `System`."""
    # no_key: other rows that only reference the incident can be written in the meantime.
    incident.refresh_from_db(from_queryset=Incident.objects.select_for_update(no_key=True))
    if isinstance(by, Person):
        access.check(by, access.CHANGE, incident)
