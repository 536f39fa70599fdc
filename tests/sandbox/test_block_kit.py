"""The grammar of blocks against the JSON Schema generated from Slack's npm packages.

Examples are made from the schema: the least of each object, and the least with each optional property added. What the
schema allows must be allowed here, what it forbids must be refused here. Where Slack's own pages are stricter than its
types, a table below says so.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import sandbox.reference
from sandbox.blocks import message_problems, view_problems

Json = dict[str, Any]
SCHEMA: Json = json.loads((Path(sandbox.reference.__file__).parent / "block_kit.schema.json").read_text("utf-8"))
DEFINITIONS: Json = SCHEMA["definitions"]

# The pages of blocks and elements ask for more than the types: these properties are always given.
ALSO_REQUIRED: dict[str, tuple[str, ...]] = {
    "section": ("text",),
    "static_select": ("options",),
    "multi_static_select": ("options",),
}
# One or the other, says the page; the types let both pass.
NOT_TOGETHER = {("options", "option_groups")}
# Objects without a `type`, by what they hold.
OPTION = frozenset({"text", "value", "url", "description"})
FILTER = frozenset({"include", "exclude_bot_users", "exclude_external_shared_channels"})
# Only overflow menus have links in their options (composition-objects/option-object).
OPTIONS_WITH_LINKS = "overflow"

NESTING = ("container", "carousel", "plan")

VALUES: dict[str, Any] = {
    "source": "remote",
    "min_length": 1,
    "max_length": 5,
    "max_files": 1,
    "indent": 1,
    "max_selected_items": 1,
}


def resolved(schema: Json) -> Json:
    return resolved(DEFINITIONS[schema["$ref"].rpartition("/")[2]]) if "$ref" in schema else schema


def least(schema: Json, name: str = "", within: str = "") -> Any:
    """Return the first and smallest value that the schema allows."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return least(schema["anyOf"][0], name, within)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    match schema["type"]:
        case "string":
            return VALUES.get(name, "1")
        case "boolean":
            return True
        case "number":
            return VALUES.get(name, 1)
        case "array":
            return [least(schema["items"], name, within)]
    return least_object(schema, within)


def leasts(schema: Json, within: str) -> list[Any]:
    """Return the least value of each alternative."""
    schema = resolved(schema)
    return [least(one, within=within) for one in schema.get("anyOf", [schema])]


def least_object(schema: Json, within: str) -> Json:
    properties = schema.get("properties", {})
    kind = properties.get("type", {}).get("const", within)
    names = {*schema.get("required", []), *ALSO_REQUIRED.get(kind, ())}
    if set(properties) == OPTION:
        names.add("value")
    if set(properties) == FILTER:
        names.add("include")
    if set(properties) == {"trigger_actions_on"}:
        names.add("trigger_actions_on")
    return {one: least(properties[one], one, kind) for one in properties if one in names}


def examples(schema: Json, seen: set[str], within: str = "") -> Iterator[Any]:
    """Return the least value, and the least with each optional part in each form; a part seen before only once."""
    if schema.get("$ref", "") in seen:
        yield least(schema, within=within)
        return
    seen.add(schema.get("$ref", "no name"))
    schema = resolved(schema)
    if "anyOf" in schema:
        for alternative in schema["anyOf"]:
            yield from examples(alternative, seen, within)
    elif schema["type"] == "array":
        # The blocks inside of blocks have their own turn.
        inside = leasts(schema["items"], within) if within in NESTING else examples(schema["items"], seen, within)
        yield from ([one] for one in inside)
    elif schema["type"] == "object":
        yield from object_examples(schema, seen, within)
    else:
        yield from schema.get("enum", [least(schema)])


def object_examples(schema: Json, seen: set[str], within: str) -> Iterator[Any]:
    base = least_object(schema, within)
    yield base
    kind = str(base.get("type", within))
    for name, part in schema.get("properties", {}).items():
        if name == "type" or (name == "url" and set(schema["properties"]) == OPTION and within != OPTIONS_WITH_LINKS):
            continue
        without = {other for pair in NOT_TOGETHER if name in pair for other in pair if other != name}
        rest = {key: one for key, one in base.items() if key not in without}
        for value in examples(part, seen, kind) if name not in VALUES else [VALUES[name]]:
            made = {**rest, name: value}
            yield made | offering(made)


def offering(element: Json) -> Json:
    """Return options among which are the initial ones."""
    initial = element.get("initial_options") or [element.get("initial_option")]
    return {"options": initial} if "options" in element and initial[0] is not None else {}


def blocks() -> list[Json]:
    return [resolved(one) for one in DEFINITIONS["KnownBlock"]["anyOf"]]


def validator(schema: Json) -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator({**schema, "definitions": DEFINITIONS})


def block_name(schema: Json) -> str:
    schema = schema["anyOf"][0] if "anyOf" in schema else schema
    name: str = schema["properties"]["type"]["const"]
    return name


def mutants(value: Any) -> Iterator[Any]:
    """Return copies with one thing wrong: an unknown property, a property gone, a number where text was."""
    if isinstance(value, list):
        for index, item in enumerate(value):
            for mutant in mutants(item):
                yield [*value[:index], mutant, *value[index + 1 :]]
    if isinstance(value, dict):
        yield {**value, "no_such_property": "x"}
        for name, item in value.items():
            yield {key: one for key, one in value.items() if key != name}
            yield {**value, name: 7 if isinstance(item, str) else "seven"}
            for mutant in mutants(item):
                yield {**value, name: mutant}


@pytest.mark.parametrize("schema", blocks(), ids=block_name)
def test_what_the_types_allow_is_taken(schema: Json) -> None:
    checking = validator(schema)
    tried = list(examples(schema, set()))

    for block in tried:
        checking.validate(block)
        assert message_problems([block]) == [], block


@pytest.mark.parametrize("schema", blocks(), ids=block_name)
def test_what_the_types_forbid_is_refused(schema: Json) -> None:
    checking = validator(schema)
    tried = [one for block in examples(schema, set()) for one in mutants(block)]
    taken = [one for one in tried if not message_problems([one])]

    assert len(taken) < len(tried)
    assert [one for one in taken if not checking.is_valid(one)] == []


def test_views_follow_the_types_too() -> None:
    for name, definition in (("modal", "ModalView"), ("home", "HomeView")):
        schema = DEFINITIONS[definition]
        base = {**least_object({**schema, "required": ["type"]}, ""), "blocks": []}
        base |= {"title": {"type": "plain_text", "text": "x"}} if name == "modal" else {}
        for part in set(schema["properties"]) - {"blocks", "type"}:
            view = {**base, part: least(schema["properties"][part])}
            assert view_problems(view) == [], view
