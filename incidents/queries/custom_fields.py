"""Read what the custom fields of incidents say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.utils.safestring import SafeString

from incidents import fields, markdown
from incidents.fields import CustomField, FieldKind, Stored
from incidents.models import Incident
from people.models import Person


@dataclass(frozen=True)
class FieldLine:
    """What one custom field of an incident says. `field` is None when it is no longer declared."""

    name: str
    field: CustomField | None
    stored: Stored
    words: str
    kept_html: str = ""

    @property
    def html(self) -> SafeString:
        return markdown.shown(self.words, self.kept_html, block=True)

    @property
    def label(self) -> str:
        return self.field.label if self.field else self.name

    @property
    def key(self) -> str:
        return fields.key(self.name)

    @property
    def link(self) -> str:
        is_link = self.field is not None and self.field.kind == FieldKind.LINK
        return str(self.stored) if is_link and self.stored is not None else ""

    @property
    def moment(self) -> datetime | None:
        value = fields.typed(self.field, self.stored) if self.field else None
        return value if isinstance(value, datetime) else None

    @property
    def is_paragraph(self) -> bool:
        return self.field is not None and self.field.kind == FieldKind.PARAGRAPH


def field_lines(incident: Incident, *, names: Mapping[int, str] | None = None) -> list[FieldLine]:
    """Every custom field in order, whether it says something or not, and what is kept of fields that are gone.

    `names` spares the query for people's names: see `names_in_fields`.
    """
    names = names_in_fields([incident]) if names is None else names
    declared = fields.registry.all()
    lines = [(field.name, field) for field in declared]
    known = {field.name for field in declared}
    gone = [(name, None) for name in sorted(incident.field_values) if name not in known]
    return [
        FieldLine(name, field, stored, fields.words(field, stored, names=names), incident.fields_html.get(name, ""))
        for name, field in [*lines, *gone]
        for stored in [incident.field_values.get(name)]
    ]


def names_in_fields(incidents: Iterable[Incident]) -> dict[int, str]:
    """Return the names of the people in custom fields: one query for all incidents, none without such fields."""
    of_people = [field.name for field in fields.registry.all() if field.kind == FieldKind.PERSON]
    if not of_people:
        return {}
    found = {incident.field_values.get(name) for incident in incidents for name in of_people}
    wanted = [pk for pk in found if isinstance(pk, int)]
    return dict(Person.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def names_in_field(field: CustomField, stored: Stored) -> dict[int, str]:
    if field.kind != FieldKind.PERSON or not isinstance(stored, int):
        return {}
    return dict(Person.objects.filter(pk=stored).values_list("pk", "name"))
