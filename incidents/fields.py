"""Custom fields: what a deployment wants to know of its incidents beyond what everybody does.

A field is declared once, by settings or by a plugin, and needs no migration: values are kept in `Incident.field_values`
by the field's name. A field that is no longer declared keeps what was written in it.

Each kind of field has one form in which its values are stored, which JSON can carry:

    text, paragraph, choice, link    a text (of a choice, the option's value)
    choices                          a list of options' values, in the order of the options
    yes_no                           true or false
    number                           a number
    date, moment                     "2026-11-21", "2026-11-21T03:00:00+00:00" (in UTC)
    person                           the person's primary key

Nothing said is stored as nothing: None, wherever a value is asked for.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final, TypeAlias

from django.core.exceptions import ImproperlyConfigured

from incidents import times
from incidents.errors import InvalidValue
from incidents.texts import can_be_seen, cleaned, one_line, typed_length

Stored: TypeAlias = str | bool | int | float | list[str] | None

KEY: Final = "field_"
AT_MOST: Final = 30  # a form carries the fingerprints of all of them
NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}")
LABEL_MAX: Final = 75
HINT_MAX: Final = 200
OPTIONS_MAX: Final = 100
LINE_MAX: Final = 200
TEXT_MAX: Final = 3000
URL_MAX: Final = 1000
NUMBER_MAX: Final = 10**15

YES: Final = frozenset({"yes", "y", "true", "on", "1"})
NO: Final = frozenset({"no", "n", "false", "off", "0"})


class FieldKind(StrEnum):
    TEXT = "text"
    PARAGRAPH = "paragraph"
    CHOICE = "choice"
    CHOICES = "choices"
    YES_NO = "yes_no"
    NUMBER = "number"
    DATE = "date"
    MOMENT = "moment"
    PERSON = "person"
    LINK = "link"


class Required(StrEnum):
    """When a field must say something."""

    NEVER = ""
    DECLARING = "declaring"
    CLOSING = "closing"


class WrongField(ImproperlyConfigured):
    """A field is declared wrongly. The sentence says what is wrong and where it stands."""


@dataclass(frozen=True, kw_only=True)
class CustomField:
    """One question. `options` are values with their labels; `place` says where the field is declared."""

    name: str
    label: str
    kind: FieldKind
    place: str
    hint: str = ""
    options: Mapping[str, str]
    required: Required = Required.NEVER
    asked: bool = False  # in the form that declares an incident
    default: Stored = None
    headline: bool = False
    order: int = 100

    @property
    def key(self) -> str:
        """Its name in forms and refusals, apart from those of an incident's own fields."""
        return key(self.name)

    @property
    def is_asked_when_declaring(self) -> bool:
        return self.asked or self.required == Required.DECLARING


def key(name: str) -> str:
    return f"{KEY}{name}"


def name_of(key: str) -> str | None:
    """Return the name of the custom field with this key; None when it is no custom field's."""
    return key.removeprefix(KEY) if key.startswith(KEY) else None


_EXPECTED: Final[Mapping[str, tuple[type | tuple[type, ...], str]]] = {
    **dict.fromkeys(("name", "label", "kind", "hint", "required"), (str, "a text")),
    "options": ((list, tuple, Mapping), "a list of texts, or labels by value"),
    **dict.fromkeys(("asked", "headline"), (bool, "True or False")),
    "order": (int, "a whole number"),
}


# Declaring ------------------------------------------------------------------------------------------------------------


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
        raise WrongField(f"The field {name!r} has no kind {kind!r}. There are: {', '.join(FieldKind)}. {place}")
    if required not in tuple(Required):
        raise WrongField(f"The field {name!r} is required when declaring or closing, not when {required!r}: {place}")
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
                raise WrongField(f"An option of {name!r} has 1 to {LABEL_MAX} characters, not {text!r}: {place}")
    elif options:
        raise WrongField(f"The field {name!r} is a {kind} and has no options: {place}")


def _with_default(field: CustomField, default: Any) -> CustomField:
    if default is None:
        return field
    if field.kind == FieldKind.PERSON:
        raise WrongField(f"The field {field.name!r} is a person and has no default: {field.place}")
    try:
        return CustomField(**{**vars(field), "default": normal(field, default)})
    except InvalidValue as refusal:
        raise WrongField(f"The default of {field.name!r} cannot be taken. {refusal} {field.place}") from refusal


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

    def needed_to_close(self, said: Mapping[str, Any]) -> list[CustomField]:
        """The fields without which an incident that has `said` so much is not closed."""
        return [field for field in self.all() if field.required == Required.CLOSING and said.get(field.name) is None]


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


# Values ---------------------------------------------------------------------------------------------------------------


def normal(field: CustomField, value: Any) -> Stored:
    """Return what somebody said in the form in which it is stored. Raise `InvalidValue` with a sentence for them.

    A value may come as its own type, as it is stored, or as somebody typed it; of people, only the primary key.
    """
    if isinstance(value, str):
        value = cleaned(value).strip()
    if value is None or value == "" or value == []:
        return None
    return _NORMAL[field.kind](field, value)


def _line(field: CustomField, value: Any) -> Stored:
    return _limited(field, one_line(_text(field, value)), LINE_MAX)


def _paragraph(field: CustomField, value: Any) -> Stored:
    text = _text(field, value)
    return _limited(field, text, TEXT_MAX, length=typed_length(text))


def _text(field: CustomField, value: Any) -> str:
    if not isinstance(value, str):
        raise _refusal(field, "takes a text")
    return value


def _limited(field: CustomField, text: str, limit: int, *, length: int | None = None) -> str:
    length = len(text) if length is None else length
    if length > limit:
        raise _refusal(field, f"is too long: {length} characters, at most {limit}")
    return text


def _choice(field: CustomField, value: Any) -> Stored:
    return _option(field, value)


def _choices(field: CustomField, value: Any) -> Stored:
    chosen = value if isinstance(value, list | tuple) else [part for part in str(value).split(",") if part.strip()]
    wanted = {_option(field, each) for each in chosen}
    return [option for option in field.options if option in wanted] or None


def _option(field: CustomField, value: Any) -> str:
    """Find an option by its value, else by what people call it."""
    if isinstance(value, str):
        if value in field.options:
            return value
        said = one_line(value).casefold()
        for option, label in field.options.items():
            if said in (option.casefold(), label.casefold()):
                return option
    raise _refusal(field, f"is one of {_listed(field)}, not “{str(value)[:60]}”")


def _listed(field: CustomField) -> str:
    labels = list(field.options.values())
    return ", ".join(labels[:20]) + (" …" if len(labels) > 20 else "")


def _yes_no(field: CustomField, value: Any) -> Stored:
    said = str(value).lower()
    if isinstance(value, bool) or said in YES | NO:
        return said in YES
    raise _refusal(field, f"is yes or no, not “{said[:60]}”")


def _number(field: CustomField, value: Any) -> Stored:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise _refusal(field, f"is a number like 42 or 3.5, not “{str(value)[:60]}”")
    if abs(number) >= NUMBER_MAX:
        raise _refusal(field, "is a number of at most 15 digits")
    return int(number) if number == number.to_integral_value() else float(number)


def _date(field: CustomField, value: Any) -> Stored:
    if isinstance(value, datetime):
        value = value.date()
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _refusal(field, f"is a day like 2026-11-21, not “{str(value)[:60]}”") from error
    return day.isoformat()


def _moment(field: CustomField, value: Any) -> Stored:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError("no zone")
    except (TypeError, ValueError) as error:
        raise _refusal(field, f"is a time with its zone like 2026-11-21T03:00:00Z, not “{str(value)[:60]}”") from error
    if not times.can_be_shown(at):
        raise _refusal(field, f"is {times.YEARS}, not “{str(value)[:60]}”")
    return at.astimezone(UTC).replace(second=0, microsecond=0).isoformat()  # forms know minutes


def _person(field: CustomField, value: Any) -> Stored:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _refusal(field, "is a person")
    return value


def _link(field: CustomField, value: Any) -> Stored:
    # People click on it: javascript: and the like would run in their browser.
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s<>|]+", value):
        raise _refusal(field, "is a link: it starts with https:// and has no spaces")
    return _limited(field, value, URL_MAX)


_NORMAL: Final[Mapping[FieldKind, Callable[[CustomField, Any], Stored]]] = {
    FieldKind.TEXT: _line,
    FieldKind.PARAGRAPH: _paragraph,
    FieldKind.CHOICE: _choice,
    FieldKind.CHOICES: _choices,
    FieldKind.YES_NO: _yes_no,
    FieldKind.NUMBER: _number,
    FieldKind.DATE: _date,
    FieldKind.MOMENT: _moment,
    FieldKind.PERSON: _person,
    FieldKind.LINK: _link,
}


def _refusal(field: CustomField, sentence: str) -> InvalidValue:
    return InvalidValue(f"“{field.label}” {sentence}.", field=field.key)


def typed(field: CustomField, stored: Stored) -> Any:
    """Return a stored value as its own type; of people, the key. What another kind left there stays as it is."""
    try:
        match field.kind:
            case FieldKind.DATE if isinstance(stored, str):
                return date.fromisoformat(stored)
            case FieldKind.MOMENT if isinstance(stored, str):
                return datetime.fromisoformat(stored)
    except ValueError:
        pass
    return list(stored) if isinstance(stored, list) else stored


def words(field: CustomField | None, stored: Stored, *, names: Mapping[int, str]) -> str:
    """Return a stored value as plain words, "" for none. `names` are people's, by primary key."""
    match stored:
        case None:
            return ""
        case bool():
            return "Yes" if stored else "No"
        case list():
            return ", ".join(_label(field, each) for each in stored)
        case int() if field is not None and field.kind == FieldKind.PERSON:
            return names.get(stored, f"person {stored}")
        case int() | float():
            return str(int(stored)) if not math.isinf(stored) and stored == int(stored) else str(stored)
        case str() if field is not None and isinstance(at := typed(field, stored), datetime):
            return f"{at:%Y-%m-%d %H:%M} UTC"
        case _:
            return _label(field, stored)


def _label(field: CustomField | None, option: str) -> str:
    return field.options.get(option, option) if field is not None else option
