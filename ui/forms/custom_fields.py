"""Turn custom fields into fields of a form.

Rules and limits are the domain's, so every field takes text, and the domain words the refusals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms

from incidents import fields, queries
from incidents.fields import CustomField, FieldKind, Required, Stored
from people.models import Person
from ui.forms.fields import Moment, PersonChoice


def form_field(custom: CustomField, stored: Stored, viewer: Person) -> forms.Field:
    must = custom.required == Required.DECLARING
    common: dict[str, Any] = {"required": False, "label": custom.label, "help_text": custom.hint}
    present = fields.typed(custom, stored)
    match custom.kind:
        case FieldKind.PARAGRAPH:
            return forms.CharField(**common, widget=forms.Textarea(attrs={"rows": 4}))
        case FieldKind.CHOICE:
            nothing = [] if must and stored is not None else [("", "Not set")]
            return forms.ChoiceField(**common, choices=[*nothing, *_options(custom, [stored])])
        case FieldKind.CHOICES:
            chosen = present if isinstance(present, list) else []
            return forms.MultipleChoiceField(
                **common, choices=_options(custom, chosen), widget=forms.CheckboxSelectMultiple
            )
        case FieldKind.YES_NO:
            return forms.ChoiceField(**common, choices=[("", "Not set"), ("yes", "Yes"), ("no", "No")])
        case FieldKind.DATE:
            return forms.CharField(**common, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
        case FieldKind.MOMENT:
            return Moment(**common)
        case FieldKind.PERSON:
            return _person_field(present, viewer, **common)
        case kind:
            return forms.CharField(**common, widget=forms.TextInput(attrs=_LINES.get(kind, {})))


_LINES = {FieldKind.NUMBER: {"inputmode": "decimal"}, FieldKind.LINK: {"inputmode": "url", "placeholder": "https://…"}}


def _person_field(present: Any, viewer: Person, **common: Any) -> forms.Field:
    people = queries.responders(viewer) | Person.objects.filter(pk__in=[present] if isinstance(present, int) else [])
    choice = PersonChoice(queryset=people, empty_label="Nobody", **common)
    choice.offer_to(viewer, people)
    return choice


def _options(custom: CustomField, present: Sequence[Any]) -> list[tuple[str, str]]:
    """Return the options, and what is said already although it is no longer offered."""
    gone = [value for value in present if value is not None and value not in custom.options]
    return [*custom.options.items(), *((str(value), str(value)) for value in gone)]


def initial_value(custom: CustomField, stored: Stored) -> Any:
    if isinstance(stored, bool):
        return "yes" if stored else "no"
    return fields.typed(custom, stored)
