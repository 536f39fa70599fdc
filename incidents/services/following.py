"""Note how far followers have read the timeline."""

from __future__ import annotations

from incidents.models import Incident


def mark_projected(incident: Incident, *, version: int) -> None:
    """Note that followers have been told everything up to `version`. Writes no history: it is not news."""
    Incident.objects.filter(pk=incident.pk, projected_version__lt=version).update(projected_version=version)
