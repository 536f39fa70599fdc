"""JSON from outside: what is no valid JSON, or no database of ours can keep, ends here in `Malformed`."""

from __future__ import annotations

import json
import math
import re
from typing import Any, Final, NoReturn

from slackbot.api.shapes import Malformed

MAX_DEPTH: Final = 100  # of lists and objects in each other; a view or a message has about ten
MAX_INTEGER: Final = 2**63 - 1  # what the databases keep
# What no database of ours can keep: NUL, and halves of surrogate pairs.
UNKEEPABLE: Final = re.compile("[\x00\ud800-\udfff]")


def json_object(text: str) -> dict[str, Any]:
    """Return an object that any database of ours can keep, but for what `keepable` takes out. Raise `Malformed`."""
    payload = json_value(text)
    if not isinstance(payload, dict):
        raise Malformed("The body isn't a JSON object")
    return payload


def json_value(text: str) -> Any:
    """Return what any database of ours can keep, but for what `keepable` takes out. Raise `Malformed`."""
    try:
        value = json.loads(text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_fitting)
    except (ValueError, RecursionError) as error:
        raise Malformed("The body isn't valid JSON") from error
    if isinstance(value, dict | list) and _is_deeper([value], MAX_DEPTH):
        raise Malformed("The body is nested too deeply")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed(f"{name} isn't valid JSON")  # Python reads it, the databases do not


def _finite(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise Malformed("A number is too large")
    return number


def _fitting(digits: str) -> int:
    if len(digits) > 20 or abs(number := int(digits)) > MAX_INTEGER:
        raise Malformed("A number is too large")
    return number


def _is_deeper(level: list[Any], limit: int) -> bool:
    for _ in range(limit):
        level = [
            inner
            for value in level
            for inner in (value.values() if isinstance(value, dict) else value)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def keepable(value: Any) -> Any:
    """Return JSON without the characters that no database of ours can keep."""
    if isinstance(value, str):
        return UNKEEPABLE.sub("", value)
    if isinstance(value, dict):
        return {keepable(name): keepable(inner) for name, inner in value.items()}
    return [keepable(inner) for inner in value] if isinstance(value, list) else value
