"""Search incidents by their words and custom fields."""

from __future__ import annotations

from typing import Final

from django.db.models import Q, QuerySet

from incidents import fields
from incidents.fields import CustomField, FieldKind
from incidents.models import Incident
from incidents.queries.visible import incidents
from people.actors import Viewer
from people.derived import derived_columns
from people.errors import InvalidValue
from people.texts import folded


def search(viewer: Viewer, *, words: str) -> QuerySet[Incident]:
    """The incidents that say all of `words` in reference, title or summary, newest first.

    A word like `region:eu` asks a custom field by its name.
    """
    found = incidents(viewer).defer(*(column.attname for column in derived_columns(Incident)))  # a list shows no texts
    for word in words.split():
        name, _, value = word.partition(":")
        field = fields.registry.find(name.lower())
        if field is not None and value:
            found = with_field(found, field, value)
            continue
        says = _says("title", word) | _says("summary", word)
        digits = word.upper().removeprefix("INC-")
        if digits.isdecimal() and len(digits) < 10:
            says |= Q(number=int(digits))
        found = found.filter(says)
    return found


def _says(column: str, words: str) -> Q:
    """Return the condition that a text has these words in it, whatever their case and accents.

    A row that the version before wrote has no folded text yet: there, the database compares as it does.
    """
    letters = folded(words)
    plain = Q(**{f"{column}_folded": "", f"{column}__icontains": words})
    return Q(**{f"{column}_folded__contains": letters}) | plain if letters else plain


def is_called(name: str, *, column: str = "name", lookup: str = "exact") -> Q:
    """Return the condition that a row has this name, whatever its case and accents; or begins with it."""
    plain = Q(**{f"{column}_folded": "", f"{column}__i{lookup}": name})
    return Q(**{f"{column}_folded__{lookup}": folded(name)}) | plain


IN_FULL: Final = frozenset({FieldKind.CHOICE, FieldKind.YES_NO, FieldKind.NUMBER, FieldKind.DATE, FieldKind.MOMENT})


def with_field(found: QuerySet[Incident], field: CustomField, value: str) -> QuerySet[Incident]:
    """Keep those whose field says `value`, or of a text has it in it. A value that it cannot have is nowhere."""
    column = f"field_values__{field.name}"
    if field.kind not in IN_FULL:
        is_folded = Q(**{f"fields_folded__{field.name}__icontains": folded(value)})
        return found.filter(is_folded | Q(fields_folded={}, **{f"{column}__icontains": value}))
    try:
        return found.filter(**{column: fields.normal(field, value)})
    except InvalidValue:
        return found.none()
