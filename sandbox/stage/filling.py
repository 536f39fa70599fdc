"""Fields of forms: from what people write into them to Slack's values, and back."""

import re
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from sandbox import interactions
from sandbox.blocks import elements
from sandbox.form_values import INPUT_TYPES
from sandbox.interactions import Place
from sandbox.rich_text import rich_text
from sandbox.stage import finding
from sandbox.stage.finding import Found, NotThere, Occasion
from sandbox.typed_text import to_tokens, to_typed
from sandbox.workspace import Json, User
from sandbox.world import World

_UNITS = {"minute": 60, "hour": 3600, "day": 86_400}
_AHEAD = re.compile(r"in (\d+) (minute|hour|day)s?")
Options = Callable[[str], Awaitable[list[Json]]]


class Unreadable(Exception):
    """A value that cannot be written into a script."""


async def filled(world: World, user: User, place: Place, fields: dict[str, object]) -> Json:
    """Return `state.values` for the fields, each named by its label or its block id. Raises `NotThere`."""
    values: Json = {}
    for name, value in fields.items():
        found = _input(place, name)
        entered = await entered_value(world, user, found, value)
        values.setdefault(found.block["block_id"], {})[found.element["action_id"]] = entered
    return values


def _input(place: Place, name: str) -> Found:
    inputs = [
        Found(place, block, element)
        for block in place.blocks
        for element in elements(block)
        if element["type"] in INPUT_TYPES
    ]
    for found in inputs:
        if name.casefold() in {one.casefold() for one in finding.names_of(found)}:
            return found
    known = ", ".join(repr(finding.names_of(one)[0]) for one in inputs)
    raise NotThere(f"The form has no field {name!r}. It has {known}.")


async def entered_value(world: World, user: User, found: Found, value: object) -> Json:
    """Return Slack's value of an element for what somebody enters."""
    element = found.element
    kind = element["type"]
    field = INPUT_TYPES[kind].field if kind in INPUT_TYPES else "selected_option"
    several = [str(one) for one in value] if isinstance(value, list) else [] if value is None else [str(value)]
    match field:
        case "selected_option" | "selected_options":
            chosen = [await _option(world, user, found, one) for one in several]
            entered: object = chosen if field.endswith("s") else (chosen[0] if chosen else None)
        case "files":
            raise NotThere("A script cannot put files into a form.")
        case "rich_text_value":
            entered = rich_text(to_tokens(world.workspace, "\n".join(several)))
        case "selected_date_time":
            entered = _moment(several[0], world.clock.now()) if several else None
        case _ if field.startswith("selected_") and field not in ("selected_date", "selected_time"):
            ids = [_named(world, user, kind, one) for one in several]
            entered = ids if kind.startswith("multi_") else (ids[0] if ids else None)
        case _:
            entered = "\n".join(several) if several else None
    return {"type": kind, field: entered}


def _named(world: World, user: User, kind: str, name: str) -> str:
    """Return the id of the person or channel."""
    if "users" in kind:
        return finding.person(world, name).id
    return finding.channel(world, name, viewer=user, it=Occasion()).id


async def _option(world: World, user: User, found: Found, wanted: str) -> Json:
    options = await _options(world, user, found, wanted)
    for option in options:
        if wanted.casefold() in (str(option["text"]["text"]).casefold(), str(option.get("value")).casefold()):
            return option
    for option in options:
        if finding.contains(option["text"]["text"], wanted):
            return option
    known = ", ".join(repr(option["text"]["text"]) for option in options[:12])
    raise NotThere(f"There is no choice {wanted!r} in {finding.names_of(found)[0]!r}. There are {known}.")


async def _options(world: World, user: User, found: Found, query: str) -> list[Json]:
    element = found.element
    given = element
    if element["type"] in ("external_select", "multi_external_select"):
        block_id, action_id = found.block["block_id"], element["action_id"]
        given = await interactions.load_options(world, user, found.place, block_id, action_id, query)
    groups = given.get("option_groups") or [{"options": given.get("options") or []}]
    return [option for group in groups for option in group["options"]]


def _moment(text: str, now: float) -> int:
    """Return Unix seconds for "in 2 days", or for a date and time in UTC."""
    if ahead := _AHEAD.fullmatch(text):
        return int(now) + int(ahead[1]) * _UNITS[ahead[2]]
    try:
        return int(text) if text.isdigit() else int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())
    except ValueError:
        raise NotThere(f'{text!r} is no moment. Write "in 2 days", or "2026-11-21 14:05" in UTC.') from None


# Back


def changed_fields(world: World, place: Place, values: Json) -> dict[str, object]:
    """Return what somebody changed, by label, as they would write it. Raises `Unreadable`."""
    kept = place.view.values if place.view else {}
    fields: dict[str, object] = {}
    for block in place.blocks:
        for element in elements(block):
            kind = INPUT_TYPES.get(element["type"])
            given = values.get(block["block_id"], {}).get(element.get("action_id"))
            if kind is None or given is None:
                continue
            before = kept.get(block["block_id"], {}).get(element["action_id"], {}).get(kind.field)
            before = before if before is not None else element.get(kind.initial)
            entered = given.get(kind.field)
            if (entered or None) != (before or None):
                fields[_label(place, block, element)] = readable(world, kind.field, entered)
    return fields


def _label(place: Place, block: Json, element: Json) -> str:
    name = finding.names_of(Found(place, block, element))[0]
    same = [
        one for one in place.blocks for other in elements(one) if finding.names_of(Found(place, one, other))[0] == name
    ]
    return name if len(same) == 1 else str(block["block_id"])


def readable(world: World, field: str, entered: object) -> object:
    """Return a value as people would write it."""
    if entered in (None, "", []):
        return None
    if isinstance(entered, list):
        return [readable(world, field, one) for one in entered]
    workspace = world.workspace
    match field:
        case "selected_option" | "selected_options":
            return str(entered["text"]["text"]) if isinstance(entered, dict) else None
        case "selected_user" | "selected_users":
            return f"@{workspace.users[str(entered)].name}"
        case "selected_date_time":
            minutes = max(0, round((int(str(entered)) - world.clock.now()) / 60))
            return f"in {minutes} minutes"
        case "rich_text_value" | "files":
            raise Unreadable(field)
        case _ if field.startswith(("selected_channel", "selected_conversation")):
            chosen = workspace.channels.get(str(entered))
            return finding.shown(world, chosen, None) if chosen else str(entered)
        case _:
            return to_typed(workspace, entered) if isinstance(entered, str) and field != "value" else entered
