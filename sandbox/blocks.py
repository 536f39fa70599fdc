"""Check blocks and views as Slack does, and fill in what Slack fills in."""

import itertools
from typing import Any

from sandbox.block_grammar import SURFACE_RULES, plain
from sandbox.errors import SlackError
from sandbox.grammar import Rule, anything, boolean, problem, record, string
from sandbox.ids import base36
from sandbox.limits import LIMITS
from sandbox.pushes import dump
from sandbox.workspace import Json

# Blocks with blocks inside: where those are.
_NESTING = {"container": ("child_blocks",), "carousel": ("elements",)}
_numbers = itertools.count(60_466_176)

_VIEW_FIELDS: dict[str, Rule] = {
    "type": string(choices=("modal", "home")),
    "blocks": anything,
    "private_metadata": string("private_metadata"),
    "callback_id": string("callback_id"),
    "external_id": string("external_id"),
}
_VIEWS: dict[str, Rule] = {
    "modal": record(
        {
            **_VIEW_FIELDS,
            "title": plain("view title"),
            "submit": plain("view submit"),
            "close": plain("view close"),
            "clear_on_close": boolean,
            "notify_on_close": boolean,
            "submit_disabled": boolean,
        },
        "type",
        "title",
        "blocks",
    ),
    "home": record({**_VIEW_FIELDS, "title": anything, "submit": anything, "close": anything}, "type", "blocks"),
}


def message_problems(blocks: Any) -> list[str]:
    """Return what Slack would say is wrong with a message's blocks."""
    return _blocks_problems(blocks, "message", LIMITS["blocks of a message"].most, "/blocks")


def checked_message_blocks(blocks: Any) -> list[Json]:
    """Return a message's blocks with Slack's additions. Raises `SlackError`."""
    if not isinstance(blocks, list):
        raise SlackError("invalid_blocks_format")
    if problems := message_problems(blocks):
        raise SlackError("invalid_blocks", *problems, errors=[one.removeprefix("[ERROR] ") for one in problems])
    if len(dump({"": blocks})) > LIMITS["characters of a message's blocks"].most:
        raise SlackError("msg_blocks_too_long")
    return [_filled_in(block) for block in blocks]


def view_problems(view: Any) -> list[str]:
    """Return what Slack would say is wrong with a view."""
    problems: list[str] = []
    kind = view.get("type") if isinstance(view, dict) else None
    if kind not in _VIEWS:
        problem(problems, "unsupported type" if kind else "missing required field: type", "/view/type")
        return problems
    _VIEWS[kind](view, "/view", problems)
    problems += _blocks_problems(view.get("blocks", []), kind, LIMITS["blocks of a view"].most, "/view/blocks")
    has_input = any(isinstance(one, dict) and one.get("type") == "input" for one in view.get("blocks") or [])
    if kind == "modal" and has_input and not view.get("submit"):
        problem(problems, "missing required field: submit (there are input blocks)", "/view")
    return problems


def checked_view(view: Any, *, kind: str) -> Json:
    """Return the view with Slack's additions. Raises `SlackError`."""
    if not isinstance(view, dict):
        raise SlackError("invalid_arguments", "[ERROR] must provide an object [json-pointer:/view]")
    problems = view_problems(view)
    if not problems and view["type"] != kind:
        problem(problems, f"must be of type {kind}", "/view/type")
    if problems:
        raise SlackError("invalid_arguments", *problems)
    if len(dump(view).encode()) > LIMITS["view bytes"].most:
        raise SlackError("view_too_large")
    filled = dict(view)
    for name in ("title", "submit", "close"):
        if isinstance(view.get(name), dict):
            filled[name] = _filled_in_text(view[name])
    filled["blocks"] = [_filled_in(block) for block in view["blocks"]]
    return filled


def _blocks_problems(blocks: Any, surface: str, most: int, pointer: str) -> list[str]:
    problems: list[str] = []
    if not isinstance(blocks, list):
        problem(problems, "must provide an array", pointer)
        return problems
    if len(blocks) > most:
        problem(problems, f"no more than {most} items allowed", pointer)
    for index, block in enumerate(blocks):
        SURFACE_RULES[surface](block, f"{pointer}/{index}", problems)
    if not problems:
        _check_ids(blocks, pointer, problems)
    return problems


def _check_ids(blocks: list[Json], pointer: str, problems: list[str]) -> None:
    seen: set[str] = set()
    for index, block in enumerate(flattened(blocks)):
        block_id = block.get("block_id")
        if block_id and block_id in seen:
            problem(problems, f"`block_id` already exists for another block: {block_id}", f"{pointer}/{index}/block_id")
        seen.add(block_id or "")
        actions: set[str] = set()
        for element in elements(block):
            action_id = element.get("action_id")
            if action_id and action_id in actions:
                problem(problems, f"`action_id` already exists in this block: {action_id}", f"{pointer}/{index}")
            actions.add(action_id or "")
        _check_initial_options(block, f"{pointer}/{index}", problems)


def _check_initial_options(block: Json, pointer: str, problems: list[str]) -> None:
    """Slack refuses an initial option that is not one of the options, exactly."""
    for element in elements(block):
        groups = element.get("option_groups") or [{"options": element.get("options")}]
        offered = [option for group in groups for option in group["options"] or []]
        if not offered:
            continue
        initial = element.get("initial_options") or [element.get("initial_option")]
        if any(one is not None and one not in offered for one in initial):
            problem(problems, "must match one of the provided options: initial_option", pointer)


def elements(block: Json) -> list[Json]:
    """Return the interactive elements of a block."""
    if block.get("type") == "section":
        inside = [block.get("accessory")]
    elif block.get("type") == "input":
        inside = [block.get("element")]
    elif block.get("type") in ("actions", "context_actions"):
        inside = list(block.get("elements", []))
    elif block.get("type") == "card":
        inside = list(block.get("actions") or [])
    else:
        inside = []
    return [one for one in inside if isinstance(one, dict) and one.get("type") != "image"]


def flattened(blocks: list[Json]) -> list[Json]:
    """Return the blocks, and after each those inside it."""
    found = []
    for block in blocks:
        nested = [one for name in _NESTING.get(block["type"], ()) for one in block.get(name) or []]
        found += [block, *flattened(nested)]
    return found


def new_block_id() -> str:
    """Return an id like those Slack gives to blocks without one."""
    return base36(next(_numbers) * 7_919 % 60_466_176 + 1_679_616)


def _filled_in(block: Json) -> Json:
    filled = {"type": block["type"], "block_id": block.get("block_id") or new_block_id()}
    for name in _NESTING.get(block["type"], ()):
        filled[name] = [_filled_in(one) for one in block.get(name) or []]
    for name, value in block.items():
        if value is not None and name not in filled:
            filled[name] = _filled_in_value(value)
    for element in elements(filled):
        element.setdefault("action_id", new_block_id())
    return filled


def _filled_in_value(value: Any) -> Any:
    if isinstance(value, list):
        return [_filled_in_value(item) for item in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") in ("plain_text", "mrkdwn"):
        return _filled_in_text(value)
    return {name: _filled_in_value(item) for name, item in value.items() if item is not None}


def _filled_in_text(text: Json) -> Json:
    if text["type"] == "plain_text":
        return {"type": "plain_text", "text": text["text"], "emoji": bool(text.get("emoji", True))}
    return {"type": "mrkdwn", "text": text["text"], "verbatim": bool(text.get("verbatim", False))}
