"""Declare custom fields, and keep those that are declared. A mistake stops the start with a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final

from incidents.fields.questions import (
    AT_MOST,
    HINT_MAX,
    LABEL_MAX,
    NAME,
    OPTIONS_MAX,
    CustomField,
    FieldKind,
    Required,
    WrongField,
    key,
)
from incidents.fields.values import normal
from people.errors import InvalidValue
from people.texts import can_be_seen, one_line

_EXPECTED: Final[Mapping[str, tuple[type | tuple[type, ...], str]]] = {
    **dict.fromkeys(("name", "label", "kind", "hint", "required"), (str, "a text")),
    "options": ((list, tuple, Mapping), "a list of texts, or labels by value"),
    **dict.fromkeys(("asked", "headline"), (bool, "True or False")),
    "order": (int, "a whole number"),
}


def declared(
    name: str,
    *,
    place: str,
    label: str,
    kind: str,
    hint: str = "",
    options: Sequence[str] | Mapping[str, str] = (),
    required: str = "",
    asked: bool = False,
    default: Any = None,
    headline: bool = False,
    order: int = 100,
) -> CustomField:
    """Return a field, or raise `WrongField`. Options without labels are their own labels."""
    given = {"label": label, "kind": kind, "hint": hint, "required": required, "asked": asked, "headline": headline}
    for setting, value in {"name": name, "options": options, "order": order, **given}.items():
        types, words = _EXPECTED[setting]
        if not isinstance(value, types) or (isinstance(value, bool) and types is not bool):
            raise WrongField(f"The {setting} of the field {name!r} must be {words}, not {value!r}: {place}")
    if not NAME.fullmatch(name):
        raise WrongField(f"A field's name is at most 40 small letters, digits and underscores, not {name!r}: {place}")
    if not can_be_seen(label) or len(label) > LABEL_MAX:
        raise WrongField(f"The field {name!r} needs a label of 1 to {LABEL_MAX} characters: {place}")
    if len(hint) > HINT_MAX:
        raise WrongField(f"The hint of the field {name!r} is longer than {HINT_MAX} characters: {place}")
    if kind not in tuple(FieldKind):
        raise WrongField(
            f"The field {name!r} has the unknown kind {kind!r}. The kinds are: {', '.join(FieldKind)}. {place}"
        )
    if required not in tuple(Required):
        raise WrongField(
            f"The field {name!r} can be required when declaring or resolving, not when {required!r}: {place}"
        )
    labels = dict(options) if isinstance(options, Mapping) else {str(value): str(value) for value in options}
    _check_options(name, FieldKind(kind), labels, place=place)
    field = CustomField(
        name=name,
        label=one_line(label),
        kind=FieldKind(kind),
        place=place,
        hint=one_line(hint),
        options=labels,
        required=Required(required),
        asked=asked,
        headline=headline,
        order=order,
    )
    return _with_default(field, default)


def _check_options(name: str, kind: FieldKind, options: Mapping[str, str], *, place: str) -> None:
    if kind in (FieldKind.CHOICE, FieldKind.CHOICES):
        if not 1 <= len(options) <= OPTIONS_MAX:
            raise WrongField(f"The field {name!r} needs 1 to {OPTIONS_MAX} options: {place}")
        for text in (*options, *options.values()):
            if not isinstance(text, str) or not can_be_seen(text) or len(text) > LABEL_MAX or text != one_line(text):
                raise WrongField(
                    f"An option of {name!r} must have 1 to {LABEL_MAX} characters, but one is {text!r}: {place}"
                )
    elif options:
        raise WrongField(f"The field {name!r} is a {kind}, which can't have options: {place}")


def _with_default(field: CustomField, default: Any) -> CustomField:
    if default is None:
        return field
    if field.kind == FieldKind.PERSON:
        raise WrongField(f"The field {field.name!r} is a person, which can't have a default: {field.place}")
    try:
        return CustomField(**{**vars(field), "default": normal(field, default)})
    except InvalidValue as refusal:
        raise WrongField(f"The default of {field.name!r} is invalid. {refusal} {field.place}") from refusal


class Registry:
    """Every field that is declared, in the order in which people are asked."""

    def __init__(self) -> None:
        self._by_name: dict[str, CustomField] = {}
        self.problems: list[str] = []

    def add(self, field: CustomField) -> None:
        known = self._by_name.get(field.name)
        if known is not None and known.place != field.place:
            raise WrongField(
                f"The field {field.name!r} is declared twice:\n  {known.place}\n  {field.place}\nRename one."
            )
        if known is None and len(self._by_name) >= AT_MOST:
            raise WrongField(f"There are more than {AT_MOST} fields: {field.place}")
        self._by_name[field.name] = field

    def take_out(self, name: str) -> None:
        self._by_name.pop(name, None)

    def load(self, tables: Mapping[str, Any], *, place: str) -> None:
        """Add the fields that settings declare. What is wrong with them is kept for the system check."""
        for name, table in tables.items():
            try:
                self.add(_from_table(name, table, place=f"{place} [{name}]"))
            except WrongField as wrong:
                self.problems.append(str(wrong))

    def find(self, name: str) -> CustomField | None:
        return self._by_name.get(name)

    def get(self, name: str) -> CustomField:
        """Raise `InvalidValue` when there is no such field."""
        field = self._by_name.get(name)
        if field is None:
            raise InvalidValue(f"There is no field “{name[:40]}”.", field=key(name))
        return field

    def all(self) -> list[CustomField]:
        return sorted(self._by_name.values(), key=lambda field: (field.order, field.label.lower()))

    def needed_to_resolve(self, said: Mapping[str, Any]) -> list[CustomField]:
        """Return the fields that must still be set before an incident with these values is resolved."""
        return [field for field in self.all() if field.required == Required.RESOLVING and said.get(field.name) is None]


registry: Final = Registry()

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "label": (str,),
    "kind": (str,),
    "hint": (str,),
    "options": (list, dict),
    "required": (str,),
    "asked": (bool,),
    "default": (str, bool, int, float, list, date),
    "headline": (bool,),
    "order": (int,),
}


def _from_table(name: str, table: Any, *, place: str) -> CustomField:
    if not isinstance(table, dict) or not {"label", "kind"} <= set(table):
        raise WrongField(f"The field {name!r} needs a table with a label and a kind: {place}")
    for setting, value in table.items():
        if setting not in _TYPES:
            raise WrongField(f"A field has no {setting!r}. There are: {', '.join(_TYPES)}. {place}")
        if not isinstance(value, _TYPES[setting]):
            raise WrongField(f"The {setting} of the field {name!r} cannot be {value!r}: {place}")
    return declared(name, place=place, **table)
