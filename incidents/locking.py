"""Lock an incident for a change, and check that the person may make it. Every service begins with this."""

from __future__ import annotations

from incidents import access
from incidents.models import Incident
from people.actors import Actor, System

_SEVERITY = Incident._meta.get_field("severity")


def lock(incident: Incident, *, by: Actor) -> None:
    """Lock the incident and check that `by` may change its current state. Its service decides about a `System`."""
    severity = incident.severity if _SEVERITY.is_cached(incident) else None
    # no_key: other rows that only reference the incident can be written in the meantime.
    # Nothing is joined: PostgreSQL would join rows from before the wait for the lock.
    incident.refresh_from_db(from_queryset=Incident.objects.select_for_update(no_key=True))
    if severity is not None and severity.pk == incident.severity_id:
        incident.severity = severity
    if not isinstance(by, System):
        access.check(by, access.CHANGE, incident)
