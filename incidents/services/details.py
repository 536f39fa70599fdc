"""Change what an incident says about itself: title, texts, kind, start and custom fields."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from incidents import fields, vetoes
from incidents.models import Incident, Kind
from incidents.services.changing import change_value
from people.models import Person


@vetoes.change
def set_field(incident: Incident, *, name: str, value: Any, by: Person, at: datetime) -> None:
    """Say something in a custom field; None empties it."""
    change_value(incident, fields.key(name), value, by=by, at=at)


@vetoes.change
def rename_incident(incident: Incident, *, to: str, by: Person, at: datetime) -> None:
    change_value(incident, "title", to, by=by, at=at)


@vetoes.change
def write_summary(incident: Incident, *, text: str, by: Person, at: datetime) -> None:
    change_value(incident, "summary", text, by=by, at=at)


@vetoes.change
def write_impact(incident: Incident, *, text: str, by: Person, at: datetime) -> None:
    change_value(incident, "impact", text, by=by, at=at)


@vetoes.change
def change_kind(incident: Incident, *, to: Kind, by: Person, at: datetime) -> None:
    change_value(incident, "kind", to, by=by, at=at)


@vetoes.change
def correct_start(incident: Incident, *, to: datetime, by: Person, at: datetime) -> None:
    """Say when the trouble really began."""
    change_value(incident, "started_at", to, by=by, at=at)
