"""A mistake in a decorator stops the start, and names the places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from slackbot.kit.registry import RegistrationError
from slackbot.plugins import (
    action_handler,
    dialog_handler,
    headline_action,
    incident_command,
    incident_event,
    keyword_handler,
    recurring_notification,
    single_notification,
    slack_event,
)

pytestmark = pytest.mark.usefixtures("registers")


def first(ctx: object) -> None: ...


def second(ctx: object) -> None: ...


@pytest.mark.parametrize(
    "decorate",
    [
        lambda: incident_command("twice", help=""),
        lambda: incident_command("other", "twice", help=""),
        lambda: action_handler("twice"),
        lambda: dialog_handler("twice"),
    ],
    ids=["command", "alias", "action", "dialog"],
)
def test_a_name_used_twice_names_both_places(decorate: Callable[[], Callable[[object], object]]) -> None:
    decorate()(first)
    with pytest.raises(RegistrationError) as error:
        decorate()(second)

    assert "is registered twice:" in str(error.value)
    assert str(error.value).count("test_registering.py:") == 2
    assert "first" in str(error.value)
    assert "second" in str(error.value)


def test_a_built_in_is_replaced_only_aloud() -> None:
    with pytest.raises(RegistrationError, match=r"'resolve' is registered twice"):
        incident_command("resolve", help="")(first)

    assert incident_command("resolve", help="", replace=True)(first) is first


def test_what_is_not_there_cannot_be_replaced() -> None:
    for decorate in (
        incident_command("nothing", help="", replace=True),
        action_handler("nothing", replace=True),
        dialog_handler("nothing", replace=True),
    ):
        with pytest.raises(RegistrationError, match=r"There is no \w+ 'nothing' to replace: .*test_registering.py:\d+"):
            decorate(first)


@pytest.mark.parametrize("name", ["", "Page", "two words", " page"])
def test_a_command_is_one_lower_case_word(name: str) -> None:
    with pytest.raises(RegistrationError, match=r"one lower-case word, not .*test_registering.py:\d+ \(first\)"):
        incident_command(name, help="")(first)


def test_a_keyword_handler_needs_words_and_a_pattern_that_is_one() -> None:
    with pytest.raises(RegistrationError, match=r"needs words or a pattern: .*first"):
        keyword_handler()(first)
    with pytest.raises(RegistrationError, match=r"'\(' isn't a valid regular expression .*first"):
        keyword_handler(pattern="(")(first)


def test_an_incident_event_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(
        RegistrationError, match=r"'exploded' isn't an incident event .*\(first\)\)\. The events are: opened, "
    ):
        incident_event("exploded")(first)


def test_a_reminder_does_not_lie_in_the_past() -> None:
    with pytest.raises(RegistrationError, match="times must be in the future"):
        single_notification(after=timedelta(minutes=-1))(first)
    with pytest.raises(RegistrationError, match="times must be in the future"):
        recurring_notification(every=timedelta(0), times=2)(first)


def test_a_decorator_returns_the_function_unchanged() -> None:
    decorators = [
        incident_command("unchanged", help=""),
        keyword_handler("unchanged"),
        action_handler("unchanged"),
        dialog_handler("unchanged"),
        single_notification(after=timedelta(hours=1)),
        slack_event("unchanged"),
        headline_action(order=1),
        incident_event("opened"),
    ]
    for decorate in decorators:

        def handler(ctx: object) -> None: ...

        handler.__qualname__ += str(id(decorate))
        assert decorate(handler) is handler
