"""What people put into the inputs of dialogs and messages, in the shape of Slack's `state.values`."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sandbox.blocks import elements
from sandbox.errors import ClientError
from sandbox.workspace import Json


@dataclass(frozen=True, slots=True)
class InputType:
    """Where an element keeps its value, and what it starts with."""

    field: str
    initial: str
    empty: Any = None


INPUT_TYPES: dict[str, InputType] = {
    "plain_text_input": InputType("value", "initial_value"),
    "email_text_input": InputType("value", "initial_value"),
    "url_text_input": InputType("value", "initial_value"),
    "number_input": InputType("value", "initial_value"),
    "rich_text_input": InputType("rich_text_value", "initial_value"),
    "static_select": InputType("selected_option", "initial_option"),
    "external_select": InputType("selected_option", "initial_option"),
    "radio_buttons": InputType("selected_option", "initial_option"),
    "users_select": InputType("selected_user", "initial_user"),
    "conversations_select": InputType("selected_conversation", "initial_conversation"),
    "channels_select": InputType("selected_channel", "initial_channel"),
    "multi_static_select": InputType("selected_options", "initial_options", ()),
    "multi_external_select": InputType("selected_options", "initial_options", ()),
    "checkboxes": InputType("selected_options", "initial_options", ()),
    "multi_users_select": InputType("selected_users", "initial_users", ()),
    "multi_conversations_select": InputType("selected_conversations", "initial_conversations", ()),
    "multi_channels_select": InputType("selected_channels", "initial_channels", ()),
    "datepicker": InputType("selected_date", "initial_date"),
    "timepicker": InputType("selected_time", "initial_time"),
    "datetimepicker": InputType("selected_date_time", "initial_date_time"),
    "file_input": InputType("files", "initial_files", ()),
}
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def values_of(blocks: list[Json], kept: Json, given: Json) -> Json:
    """Return `state.values`: what was given now, else what was typed before, else what the element starts with."""
    values: Json = {}
    for block in blocks:
        for element in elements(block):
            kind = INPUT_TYPES.get(element["type"])
            if kind is None:
                continue
            block_id, action_id = block["block_id"], element["action_id"]
            sources = (given.get(block_id, {}).get(action_id), kept.get(block_id, {}).get(action_id))
            source = next((one for one in sources if one is not None), None)
            value = source.get(kind.field) if source is not None else element.get(kind.initial)
            values.setdefault(block_id, {})[action_id] = {
                "type": element["type"],
                kind.field: _clean(element, kind, value),
            }
    return values


def _clean(element: Json, kind: InputType, value: Any) -> Any:
    if value is None or value in ("", []):
        return list(kind.empty) if kind.empty is not None else None
    if kind.field == "selected_option":
        return offered_option(element, value)
    if kind.field == "selected_options":
        return [offered_option(element, one) for one in value]
    return value


def offered_option(element: Json, wanted: Json) -> Json:
    """Return the option of the element that has the wanted value; options of external selects are taken as given."""
    if element["type"] in ("external_select", "multi_external_select"):
        return wanted
    groups = element.get("option_groups") or [{"options": element.get("options", [])}]
    for group in groups:
        for option in group["options"]:
            if option["value"] == wanted.get("value"):
                return dict(option)
    raise ClientError(f"There is no option {wanted.get('value')!r} to choose.")


def refusals(blocks: list[Json], values: Json) -> dict[str, str]:
    """Return what Slack's client itself refuses to submit: block id → sentence."""
    refused: dict[str, str] = {}
    for block in blocks:
        if block["type"] != "input":
            continue
        element = block["element"]
        kind = INPUT_TYPES[element["type"]]
        value = values[block["block_id"]][element["action_id"]][kind.field]
        sentence = _refusal(element, value, optional=bool(block.get("optional")))
        if sentence:
            refused[block["block_id"]] = sentence
    return refused


def _refusal(element: Json, value: Any, *, optional: bool) -> str | None:
    if value is None or value in ("", []) or (isinstance(value, str) and not value.strip()):
        return None if optional else "Please complete this required field."
    match element["type"]:
        case "plain_text_input":
            return _length_refusal(element, str(value))
        case "number_input":
            return _number_refusal(element, str(value))
        case "email_text_input" if not _EMAIL.fullmatch(str(value)):
            return "Please enter a valid email address."
        case "url_text_input" if not urlsplit(str(value)).scheme or not urlsplit(str(value)).netloc:
            return "Please enter a valid URL."
    most = element.get("max_selected_items")
    if most and isinstance(value, list) and len(value) > most:
        return f"Please choose at most {most}."
    return None


def _length_refusal(element: Json, value: str) -> str | None:
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(value) < least:
        return f"This entry must be at least {least} characters."
    if len(value) > most:
        return f"This entry can be at most {most} characters."
    return None


def _number_refusal(element: Json, value: str) -> str | None:
    try:
        number = float(value)
    except ValueError:
        return "Please enter a number."
    if not element["is_decimal_allowed"] and not number.is_integer():
        return "Please enter a whole number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"The number must be at least {element['min_value']}."
    if "max_value" in element and number > float(element["max_value"]):
        return f"The number can be at most {element['max_value']}."
    return None
