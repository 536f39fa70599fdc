"""Small rules that say what a JSON value must look like, and name what is wrong with it in Slack's words."""

from collections.abc import Callable
from typing import Any

from sandbox.limits import LIMITS

# A rule looks at a value, with its JSON pointer, and adds sentences to the problems.
Rule = Callable[[Any, str, list[str]], None]


def problem(problems: list[str], text: str, pointer: str) -> None:
    problems.append(f"[ERROR] {text} [json-pointer:{pointer or '/'}]")


def string(limit: str | None = None, *, choices: tuple[str, ...] = ()) -> Rule:
    """Return a rule for a string within a limit of the table, or one of some words."""
    bounds = LIMITS[limit] if limit else None

    def rule(value: Any, pointer: str, problems: list[str]) -> None:
        if not isinstance(value, str):
            problem(problems, "must provide a string", pointer)
        elif choices and value not in choices:
            problem(problems, f"must be a valid enum value: {', '.join(choices)}", pointer)
        elif bounds and len(value) > bounds.most:
            problem(problems, f"must be less than {bounds.most + 1} characters", pointer)
        elif bounds and len(value) < bounds.least:
            problem(problems, f"must be more than {bounds.least - 1} characters", pointer)

    return rule


def boolean(value: Any, pointer: str, problems: list[str]) -> None:
    if not isinstance(value, bool):
        problem(problems, "must provide a boolean", pointer)


def number(least: int | None = None, most: int | None = None) -> Rule:
    def rule(value: Any, pointer: str, problems: list[str]) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            problem(problems, "must provide a number", pointer)
        elif least is not None and value < least:
            problem(problems, f"must be greater than or equal to {least}", pointer)
        elif most is not None and value > most:
            problem(problems, f"must be less than or equal to {most}", pointer)

    return rule


def array(items: Rule, limit: str | None = None) -> Rule:
    bounds = LIMITS[limit] if limit else None

    def rule(value: Any, pointer: str, problems: list[str]) -> None:
        if not isinstance(value, list):
            problem(problems, "must provide an array", pointer)
            return
        if bounds and len(value) > bounds.most:
            problem(problems, f"no more than {bounds.most} items allowed", pointer)
        if bounds and len(value) < bounds.least:
            problem(problems, f"no less than {bounds.least} items required", pointer)
        for index, item in enumerate(value):
            items(item, f"{pointer}/{index}", problems)

    return rule


def record(fields: dict[str, Rule], *required: str) -> Rule:
    """Return a rule for an object with these fields and no others."""

    def rule(value: Any, pointer: str, problems: list[str]) -> None:
        if not isinstance(value, dict):
            problem(problems, "must provide an object", pointer)
            return
        for name in required:
            if value.get(name) is None:
                problem(problems, f"missing required field: {name}", pointer)
        for name, item in value.items():
            if name not in fields:
                problem(problems, f"invalid additional property: {name}", pointer)
            elif item is not None or name in required:
                fields[name](item, f"{pointer}/{name}", problems)

    return rule


def by_type(types: dict[str, Rule]) -> Rule:
    """Return a rule that follows the object's `type`."""

    def rule(value: Any, pointer: str, problems: list[str]) -> None:
        if not isinstance(value, dict):
            problem(problems, "must provide an object", pointer)
        elif "type" not in value:
            problem(problems, "missing required field: type", pointer)
        elif not isinstance(value["type"], str) or value["type"] not in types:
            problem(problems, f"unsupported type: {value['type']}", f"{pointer}/type")
        else:
            types[value["type"]](value, pointer, problems)

    return rule


def both(*rules: Rule) -> Rule:
    def rule(value: Any, pointer: str, problems: list[str]) -> None:
        for one in rules:
            one(value, pointer, problems)

    return rule


def one_field_of(*names: str) -> Rule:
    """Return a rule for an object that must have exactly one of these fields."""

    def rule(value: Any, pointer: str, problems: list[str]) -> None:
        if isinstance(value, dict) and sum(value.get(name) is not None for name in names) != 1:
            problem(problems, f"must provide exactly one of: {', '.join(names)}", pointer)

    return rule


def some_field_of(*names: str) -> Rule:
    def rule(value: Any, pointer: str, problems: list[str]) -> None:
        if isinstance(value, dict) and not any(value.get(name) is not None for name in names):
            problem(problems, f"must provide at least one of: {', '.join(names)}", pointer)

    return rule


def a_record(value: Any, pointer: str, problems: list[str]) -> None:
    """Accept any object."""
    if not isinstance(value, dict):
        problem(problems, "must provide an object", pointer)


def anything(value: Any, pointer: str, problems: list[str]) -> None:
    """Accept whatever it is."""
