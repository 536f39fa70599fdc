"""Read a call's arguments as Slack takes them, checked against the published reference."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.errata import EVERYWHERE_ARGUMENTS, MORE_ERRORS
from sandbox.errors import SlackError
from sandbox.workspace import Json

# These travel as JSON text in a form, as they are in a JSON body; beside each what Slack answers when it is unreadable.
STRUCTURED = {
    "blocks": "invalid_blocks_format",
    "attachments": "invalid_attachments",
    "unfurled_attachments": "invalid_attachments",
    "metadata": "invalid_metadata_format",
    "view": "invalid_arguments",
    "document_content": "invalid_arguments",
    "changes": "invalid_arguments",
    "files": "invalid_arguments",
    "message": "invalid_arguments",
}
_TRUE = frozenset({"true", "1", "t", "yes"})
_FALSE = frozenset({"false", "0", "f", "no", ""})


@dataclass(frozen=True, slots=True)
class Method:
    """What is published about one method."""

    name: str
    verb: str
    scopes: tuple[str, ...]
    tier: str | None
    takes_json: bool
    args: dict[str, Json]
    outputs: tuple[str, ...]
    errors: frozenset[str]


def _load() -> dict[str, Method]:
    published = json.loads((Path(__file__).parent / "reference" / "methods.json").read_text("utf-8"))
    return {
        name: Method(
            name=name,
            verb=one["verb"],
            scopes=tuple(one["scopes"]),
            tier=one["tier"],
            takes_json=one["json"],
            args={**{extra: {"types": []} for extra in EVERYWHERE_ARGUMENTS}, **one["args"]},
            outputs=tuple(one["outputs"]),
            errors=frozenset(one["errors"]) | frozenset(MORE_ERRORS.get(name, ())),
        )
        for name, one in published.items()
    }


METHODS = _load()


def read_arguments(method: Method, given: Json) -> Json:
    """Return the arguments with their published types. Raises `SlackError` with all that is wrong."""
    problems = [f"[ERROR] unsupported field: {name}" for name in given if name not in method.args]
    read: Json = {}
    for name, rules in method.args.items():
        value = given.get(name)
        if value is None:
            if rules.get("required"):
                problems.append(f"[ERROR] missing required field: {name}")
            continue
        try:
            read[name] = _value(name, value, rules)
        except ValueError as wrong:
            problems.append(f"[ERROR] {wrong} [json-pointer:/{name}]")
            continue
        problems += [f"[ERROR] {text} [json-pointer:/{name}]" for text in _broken_rules(read[name], rules)]
    if problems:
        raise SlackError("invalid_arguments", *problems)
    return read


def _value(name: str, value: Any, rules: Json) -> Any:
    types = rules["types"]
    if name in STRUCTURED:
        return _structured(name, value)
    if "boolean" in types and "string" not in types:
        return _boolean(value)
    if "integer" in types or "number" in types:
        return _integer(value)
    if "array" in types:
        return _array(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ",".join(value)
    if not isinstance(value, str):
        raise ValueError("must provide a string")
    return value


def _structured(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if value in ("", "null"):
        return None
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        raise SlackError(STRUCTURED[name], f"[ERROR] not valid JSON [json-pointer:/{name}]") from None


def _boolean(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    text = str(value).lower()
    if text not in _TRUE | _FALSE:
        raise ValueError("must provide a boolean")
    return text in _TRUE


def _integer(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        raise ValueError("must provide a number") from None


def _array(value: Any) -> list[Any]:
    if isinstance(value, list):
        return value
    text = str(value)
    if text.startswith("["):
        try:
            parsed = json.loads(text)
        except json.JSONDecodeError:
            raise ValueError("must provide an array") from None
        return list(parsed)
    return [part.strip() for part in text.split(",") if part.strip()]


def _broken_rules(value: Any, rules: Json) -> list[str]:
    broken = []
    if "enum" in rules and value not in rules["enum"]:
        broken.append(f"must be a valid enum value: {', '.join(map(str, rules['enum']))}")
    if isinstance(value, str) and len(value) > rules.get("maxLength", len(value)):
        broken.append(f"must be less than {rules['maxLength'] + 1} characters")
    if isinstance(value, str) and len(value) < rules.get("minLength", 0):
        broken.append(f"must be more than {rules['minLength'] - 1} characters")
    if isinstance(value, int) and value < rules.get("minimum", value):
        broken.append(f"must be at least {rules['minimum']}")
    if isinstance(value, int) and value > rules.get("maximum", value):
        broken.append(f"must be at most {rules['maximum']}")
    if isinstance(value, list) and not rules.get("minItems", 0) <= len(value) <= rules.get("maxItems", len(value)):
        broken.append("wrong number of items")
    return broken
