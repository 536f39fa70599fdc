"""Lock an incident for a change, and check that the person may make it. Every service begins with this."""

from __future__ import annotations

from incidents import access
from incidents.models import Incident
from people.models import Person


def lock(incident: Incident, *, by: Person | None) -> None:
    """Lock the incident and check that `by` may change its current state; None is the program itself."""
    # no_key: other rows that only reference the incident can be written in the meantime.
    incident.refresh_from_db(from_queryset=Incident.objects.select_for_update(no_key=True))
    if by is not None:
        access.check(by, access.CHANGE, incident)
