"""Note how far followers have read the timeline."""

from __future__ import annotations

from typing import Any, Final

from django.db.models import BigAutoField, IntegerField, QuerySet

from incidents.models import Incident
from jobs.compiled_queries import Slot, Update


def mark_projected(incident: Incident, *, version: int) -> None:
    """Note that followers have been told everything up to `version`. Writes no history: it is not news."""
    _MARK_PROJECTED.run(pk=incident.pk, version=version)


def _mark_projected() -> tuple[QuerySet[Incident], dict[str, Any]]:
    version = Slot("version", IntegerField())
    return Incident.objects.filter(pk=Slot("pk", BigAutoField()), projected_version__lt=version), {
        "projected_version": version
    }


_MARK_PROJECTED: Final = Update(_mark_projected)
