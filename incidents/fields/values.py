"""Check a custom field's value, and turn it into its stored form, its own type, or plain words."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from incidents import times
from incidents.fields.questions import LINE_MAX, NUMBER_MAX, TEXT_MAX, URL_MAX, CustomField, FieldKind, Stored
from incidents.texts import typed_length
from people.errors import InvalidValue
from people.texts import cleaned, one_line

YES: Final = frozenset({"yes", "y", "true", "on", "1"})
NO: Final = frozenset({"no", "n", "false", "off", "0"})


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
        raise _refusal(field, "must be text")
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
    raise _refusal(field, f"must be one of {_listed(field)}, not “{str(value)[:60]}”")


def _listed(field: CustomField) -> str:
    labels = list(field.options.values())
    return ", ".join(labels[:20]) + (" …" if len(labels) > 20 else "")


def _yes_no(field: CustomField, value: Any) -> Stored:
    said = str(value).lower()
    if isinstance(value, bool) or said in YES | NO:
        return said in YES
    raise _refusal(field, f"must be yes or no, not “{said[:60]}”")


def _number(field: CustomField, value: Any) -> Stored:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise _refusal(field, f"must be a number like 42 or 3.5, not “{str(value)[:60]}”")
    if abs(number) >= NUMBER_MAX:
        raise _refusal(field, "must be a number with at most 15 digits")
    return int(number) if number == number.to_integral_value() else float(number)


def _date(field: CustomField, value: Any) -> Stored:
    if isinstance(value, datetime):
        value = value.date()
    try:
        day = value if isinstance(value, date) else date.fromisoformat(value)
    except (TypeError, ValueError) as error:
        raise _refusal(field, f"must be a date like 2026-11-21, not “{str(value)[:60]}”") from error
    return day.isoformat()


def _moment(field: CustomField, value: Any) -> Stored:
    try:
        at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if at.tzinfo is None:
            raise ValueError("no zone")
    except (TypeError, ValueError) as error:
        raise _refusal(
            field, f"must be a time with its zone, like 2026-11-21T03:00:00Z, not “{str(value)[:60]}”"
        ) from error
    if not times.can_be_shown(at):
        raise _refusal(field, f"must be {times.YEARS}, not “{str(value)[:60]}”")
    return at.astimezone(UTC).replace(second=0, microsecond=0).isoformat()  # forms know minutes


def _person(field: CustomField, value: Any) -> Stored:
    if not isinstance(value, int) or isinstance(value, bool):
        raise _refusal(field, "must be a person")
    return value


def _link(field: CustomField, value: Any) -> Stored:
    # People click on it: javascript: and the like would run in their browser.
    if not isinstance(value, str) or not re.fullmatch(r"https?://[^\s<>|]+", value):
        raise _refusal(field, "must be a link that starts with https:// and has no spaces")
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
