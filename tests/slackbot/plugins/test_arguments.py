"""A wrong argument of a decorator stops the start, with the function, the argument and what is expected."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, time, timedelta
from functools import partial
from typing import Any, Final

import pytest

from incidents.fields import WrongField
from slackbot import plugins
from slackbot.kit.declarations import RegistrationError
from slackbot.plugins import CommandContext, Setting, Signature, WorkingHours, events, incident_field, sentence, texts

pytestmark = pytest.mark.usefixtures("registers")

HOUR: Final = timedelta(hours=1)
SIGNATURE: Final = Signature(
    secrets=[Setting("ACME_SECRET", "", "this test", is_secret=True, default=None, read=str, complain=str)],
    header="X-Signature",
)
# What a start accepts, by decorator: positional arguments under "*".
RIGHT: Final[Mapping[str, Mapping[str, Any]]] = {
    "incident_command": {"*": ["page"], "help": "page somebody"},
    "keyword_handler": {"*": ["runbook"]},
    "action_handler": {"*": ["page"]},
    "dialog_handler": {"*": ["page"]},
    "single_notification": {"after": HOUR},
    "recurring_notification": {"every": HOUR, "times": 3},
    "slack_event": {"*": ["pin_added"]},
    "headline_action": {"order": 1},
    "headline_line": {"*": ["to-do"], "order": 1},
    "incident_event": {"*": ["opened"]},
    "timeline_follower": {"*": ["warehouse"]},
    "inbound_request": {"*": ["acme"], "signature": SIGNATURE},
    "before_change": {"*": ["resolved"]},
    "scheduled_handler": {},
    "periodic": {"every": HOUR},
}


def no_words() -> list[str]:
    return []


TEXT: Final = [None, 3, b"page", ["page"], object()]
FLAG: Final = [None, 1, "no", [], object()]
NUMBER: Final = [None, "3", 1.5, True, [1], object()]
FUNCTION: Final = [3, "page", object(), lambda: "", lambda one, two: ""]
LENGTH: Final = [3, "1h", 2.5, True, timedelta.max, timedelta.min]
LIST: Final = [3, "live", b"live", [3], {"live": 1.5}.values()]
WRONG: Final[Mapping[str, Mapping[str, list[Any]]]] = {
    "incident_command": {
        "name": [*TEXT, "", "Page", "two words"],
        "aliases": [*TEXT, "", "Two"],
        "help": TEXT,
        "usage": [*TEXT, lambda one: ""],
        "anywhere": FLAG,
        "reads_only": FLAG,
        "replace": FLAG,
        "asks": [None, *FUNCTION],
    },
    "keyword_handler": {"words": [*TEXT, ""], "pattern": [*TEXT, "(", "x*"], "every": [None, *LENGTH]},
    "action_handler": {"action_id": [*TEXT, "", " ", "x" * 256], "background": FLAG, "replace": FLAG},
    "dialog_handler": {
        "dialog_id": [*TEXT, "", " ", "x" * 256],
        "background": FLAG,
        "validate": FUNCTION,
        "searches": ["service", ["service"], {"service": None}, {"service": no_words}, {3: lambda words: []}],
        "replace": FLAG,
    },
    "single_notification": {
        "after": [None, *LENGTH, -HOUR],
        "hours": ["9-17", (9, 17), time(9), 9],
        "kinds": [*LIST, None, [], ["real"]],
    },
    "recurring_notification": {
        "every": [None, *LENGTH, -HOUR, timedelta(0)],
        "times": [*NUMBER, 0, -1, float("inf")],
        "after": [*LENGTH, -HOUR],
        "hours": ["9-17", (9, 17), time(9), 9],
        "kinds": [*LIST, None, [], ["real"]],
    },
    "slack_event": {
        "event_type": [*TEXT, "", " ", str, events.SlackEvent],
        "more": [*TEXT, "", str, events.SlackEvent],
        "anywhere": FLAG,
        "headlines": FLAG,
        "subtypes": ["message_changed", 3, [3], [b"message_changed"]],
        "extra": FLAG,
    },
    "headline_action": {"order": NUMBER},
    "headline_line": {
        "name": [*TEXT, "", "To-do", "to do"],
        "order": NUMBER,
        "style": [None, 3, "wide", ["long"]],
        "replace": FLAG,
    },
    "inbound_request": {
        "name": [*TEXT, "", "Acme", "a/b", "a b"],
        "signature": [None, "sha256", {}, lambda request: True],
        "headers": [None, "X-Event", [3], ["X Event"], ["X:"]],
        "max_bytes": [*NUMBER, 0, -1, 2**20 + 1],
        "background": FLAG,
    },
    "before_change": {"kinds": [*TEXT, "", "exploded", "opened", "redacted"]},
    "scheduled_handler": {"background": FLAG},
    "periodic": {"every": [None, *LENGTH, timedelta(0), timedelta(seconds=59), -HOUR], "background": FLAG},
    "timeline_follower": {"name": [*TEXT, "", " ", "Warehouse", "two words"], "background": FLAG, "replace": FLAG},
    "incident_event": {"kinds": [*TEXT, "", "exploded"], "background": FLAG},
}


def serve(ctx: object) -> None: ...


def declared(name: str, given: Mapping[str, Any], handler: Any = serve) -> object:
    arguments = dict(given)
    return getattr(plugins, name)(*arguments.pop("*", []), **arguments)(handler)


def decorators() -> Iterator[str]:
    """Yield what registers a function of a plugin: every function of the API that returns one."""
    for name in plugins.__all__:
        found = getattr(plugins, name)
        if inspect.isfunction(found) and "Callable[[" in str(found.__annotations__.get("return")):
            yield name


def with_wrong(name: str, argument: str, value: object) -> dict[str, Any]:
    given = dict(RIGHT[name])
    kind = inspect.signature(getattr(plugins, name)).parameters[argument].kind
    if kind is inspect.Parameter.VAR_POSITIONAL:
        given["*"] = [*(given["*"] if name in ("incident_command", "slack_event") else []), value]
    elif kind is inspect.Parameter.POSITIONAL_OR_KEYWORD:
        given["*"] = [value]
    else:
        given[argument] = value
    return given


CASES = [
    pytest.param(name, argument, value, id=f"{name}-{argument}-{number}")
    for name, arguments in WRONG.items()
    for argument, values in arguments.items()
    for number, value in enumerate(values)
]


def test_every_argument_of_every_decorator_is_tried() -> None:
    assert {name: list(inspect.signature(getattr(plugins, name)).parameters) for name in decorators()} == {
        name: list(arguments) for name, arguments in WRONG.items()
    }
    assert set(RIGHT) == set(WRONG)


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_right_is_taken(name: str) -> None:
    assert declared(name, RIGHT[name]) is serve


@pytest.mark.parametrize(("name", "argument", "value"), CASES)
def test_what_is_wrong_stops_the_start_with_a_sentence(name: str, argument: str, value: object) -> None:
    with pytest.raises(RegistrationError) as error:
        declared(name, with_wrong(name, argument, value))

    assert "serve" in str(error.value), "the function"
    assert "test_arguments.py" in str(error.value), "the place"


@pytest.mark.parametrize(
    ("name", "argument", "value", "sentence"),
    [
        ("recurring_notification", "times", None, "times must be a whole number from 1, not None."),
        ("recurring_notification", "times", "3", "times must be a whole number from 1, not '3'."),
        ("single_notification", "hours", "9-17", "hours must be WorkingHours(…), or None, not '9-17'."),
        ("headline_line", "order", None, "order must be a whole number, not None."),
        ("single_notification", "kinds", "live", "kinds must be a list of kinds of incidents: live, report"),
    ],
)
def test_the_sentence_names_the_argument_and_what_is_expected(
    name: str, argument: str, value: object, sentence: str
) -> None:
    with pytest.raises(RegistrationError) as error:
        declared(name, with_wrong(name, argument, value))

    assert str(error.value).startswith(f"@{name}: {sentence}")


@pytest.mark.parametrize("name", RIGHT)
def test_what_is_decorated_is_an_ordinary_function_of_one_argument(name: str) -> None:
    async def later(ctx: object) -> None: ...

    def by_and_by(ctx: object) -> Iterator[str]:
        yield ""

    def no_argument() -> None: ...

    def two(ctx: object, other: object) -> None: ...

    class Handler:
        def __call__(self, ctx: object) -> None: ...

    for handler in (later, by_and_by, no_argument, two, Handler(), Handler, partial(serve), "serve", None):
        with pytest.raises(RegistrationError, match="function"):
            declared(name, RIGHT[name], handler)


@pytest.mark.parametrize("name", RIGHT)
def test_a_decorator_without_its_parentheses_is_noticed(name: str) -> None:
    with pytest.raises(RegistrationError, match=rf"@{name} needs parentheses and its arguments: .*\(serve\)"):
        getattr(plugins, name)(serve)


@pytest.mark.parametrize("name", RIGHT)
def test_an_argument_that_there_is_not_is_named_with_the_function(name: str) -> None:
    with pytest.raises(RegistrationError, match=r"'colour'.*\(serve\)"):
        declared(name, {**RIGHT[name], "colour": "red"})


@pytest.mark.parametrize(
    "hours",
    [
        {"start": time(18), "end": time(9)},
        {"start": 9},
        {"end": "17:00"},
        {"start": time(9, tzinfo=UTC)},
        {"days": ()},
        {"days": (7,)},
        {"days": "12345"},
        {"days": ("monday",)},
        {"days": None},
        {"days": 1},
        {"time_zone": "Moon/Base"},
        {"time_zone": "../etc/passwd"},
        {"time_zone": None},
        {"time_zone": UTC},
    ],
    ids=str,
)
def test_hours_that_cannot_be_are_refused(hours: dict[str, Any]) -> None:
    with pytest.raises(RegistrationError, match=r"WorkingHours: .* must be .*test_arguments\.py:\d+"):
        WorkingHours(**hours)


@pytest.mark.parametrize(
    "setting",
    [
        {"label": None},
        {"hint": None},
        {"kind": 3},
        {"options": "abc"},
        {"options": 3},
        {"kind": "choice", "options": {"a": None}},
        {"required": None},
        {"asked": "no"},
        {"headline": 1},
        {"order": None},
        {"order": "1"},
        {"order": True},
        {"default": b"x"},
    ],
    ids=str,
)
def test_a_field_with_a_wrong_setting_stops_the_start(setting: dict[str, Any]) -> None:
    with pytest.raises(WrongField, match=r"region.*test_arguments\.py:\d+"):
        incident_field("region", **{"label": "Region", "kind": "text", **setting})


@pytest.mark.parametrize(
    "declare",
    [
        lambda: texts(None),  # type: ignore[arg-type]
        lambda: texts({3: "three"}),  # type: ignore[dict-item]
        lambda: sentence(None, "x"),  # type: ignore[arg-type]
        lambda: sentence("acme.none", None),  # type: ignore[arg-type]
        lambda: sentence("acme.needs", "{x}", needs="x"),  # type: ignore[arg-type]
        lambda: sentence("acme.limit", "x", limit="9"),  # type: ignore[arg-type]
    ],
)
def test_wrong_words_stop_the_start(declare: Callable[[], object]) -> None:
    with pytest.raises(RegistrationError, match=r"must be .*test_arguments\.py:\d+"):
        declare()


def test_a_handler_still_knows_its_type() -> None:
    """The checks change nothing for who reads or types a handler."""

    @plugins.incident_command("typed", help="")
    def typed(ctx: CommandContext) -> None: ...

    assert inspect.signature(plugins.incident_command).parameters["help"].kind is inspect.Parameter.KEYWORD_ONLY
    assert typed.__name__ == "typed"
