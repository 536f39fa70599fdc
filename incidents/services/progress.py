"""Change how severe an incident is, and how far work on it is."""

from __future__ import annotations

from datetime import datetime

from incidents import vetoes
from incidents.models import Incident, Severity, Status
from incidents.services.changing import change_value
from people.models import Person


@vetoes.change
def set_severity(incident: Incident, *, to: Severity, by: Person, at: datetime) -> None:
    change_value(incident, "severity", to, by=by, at=at)


@vetoes.change
def change_status(incident: Incident, *, to: Status, by: Person, at: datetime) -> None:
    """Move between the working states, resolve, or (from a resolved one) reopen."""
    change_value(incident, "status", to, by=by, at=at)
