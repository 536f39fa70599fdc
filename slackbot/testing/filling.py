"""What a person puts into the fields of a dialog, in the shape in which Slack's client sends it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from typing import Any, Final

Element = Mapping[str, Any]

SEVERAL: Final = ("multi_static_select", "checkboxes", "multi_users_select")


def entered(element: Element, value: Any) -> dict[str, Any]:
    """Return what Slack's client keeps of an element after somebody filled it in; None empties it."""
    kind = element["type"]
    if kind in SEVERAL and not isinstance(value, list):
        raise AssertionError(f"Several can be chosen here: give a list, not {value!r}.")
    match kind:
        case "users_select":
            return {"selected_user": value}
        case "multi_users_select":
            return {"selected_users": value}
        case "static_select" | "radio_buttons" | "overflow":
            return {"selected_option": None if value is None else choice(_options(element), value)}
        case "multi_static_select" | "checkboxes":
            return {"selected_options": [choice(_options(element), each) for each in value]}
        case "datepicker":
            return {"selected_date": value.isoformat() if isinstance(value, date) else value}
        case "timepicker":
            return {"selected_time": f"{value:%H:%M}" if isinstance(value, time) else value}
        case "datetimepicker":
            return {"selected_date_time": _seconds(value)}
        case "plain_text_input" | "number_input" | "email_text_input" | "url_text_input":
            return {"value": None if value is None else str(value)}
        case _:
            raise AssertionError(f"I cannot fill in a {kind}.")


def choice(options: Sequence[Element], wanted: str) -> Element:
    """Return the option with this label or value, or the only one that was found."""
    for option in options:
        if wanted in (option["value"], option["text"]["text"]):
            return option
    if len(options) == 1 and wanted.lower() in options[0]["text"]["text"].lower():
        return options[0]
    labels = ", ".join(option["text"]["text"] for option in options) or "nothing"
    raise AssertionError(f"There is no choice {wanted!r}. There is: {labels}.")


def initial_words(element: Element) -> str:
    """Return what a field says before anybody typed; "" when nothing."""
    several = [*(element.get("initial_options") or []), *(element.get("initial_users") or [])]
    if several:
        return ", ".join(each if isinstance(each, str) else each["value"] for each in several)
    option = element.get("initial_option") or {}
    names = ("value", "user", "channel", "conversation", "date", "time", "date_time")
    found = (element.get(f"initial_{name}") for name in names)
    return str(next(filter(None, found), None) or option.get("value") or "")


def _options(element: Element) -> list[Element]:
    groups = element.get("option_groups") or [element]
    return [option for group in groups for option in group["options"]]


def _seconds(value: Any) -> int | None:
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise AssertionError(f"{value} is in no time zone: say which.")
        return int(value.timestamp())
    return None if value is None else int(value)
