"""One line, with everything needed to find it again."""

import json
import logging
import sys

import pytest

from jobs.work_log import WorkFilter, about, note
from response.logs import JsonFormatter, TextFormatter


def record(message: str, **extra: object) -> logging.LogRecord:
    made = logging.makeLogRecord({"name": "slackbot.inbound.inbox", "levelname": "WARNING", "msg": message, **extra})
    made.created = 1_795_231_200.25
    return made


@pytest.fixture(autouse=True)
def _in_the_inbox(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RESPONSE_ROLE", "inbox")


def test_people_get_time_level_role_and_what_was_passed() -> None:
    line = TextFormatter().format(record("Handler failed.", incident=7, handler="resolve"))

    assert (
        line
        == "2026-11-21T03:20:00.250Z WARNING inbox slackbot.inbound.inbox: Handler failed. incident=7 handler='resolve'"
    )


def test_a_line_break_cannot_forge_a_second_line() -> None:
    assert "\n" not in TextFormatter().format(record("Title: a\n2026-11-21T00:00:00Z ERROR inbox forged"))


def test_machines_get_one_object_even_with_a_traceback() -> None:
    try:
        raise ValueError("no\nsuch")
    except ValueError:
        line = JsonFormatter().format(record("Handler failed.", incident=7, exc_info=sys.exc_info()))

    said = json.loads(line)
    assert "\n" not in line
    assert (said["role"], said["level"], said["incident"]) == ("inbox", "WARNING", 7)
    assert "ValueError" in said["traceback"]


def test_what_is_being_worked_on_is_said_in_every_line() -> None:
    made = record("Asked the pager.")
    with about(delivery="event:Ev1", handler="acme.page"):
        note(incident="INC-7")
        assert WorkFilter().filter(made)
    line = TextFormatter().format(made)
    afterwards = record("Idle.")
    WorkFilter().filter(afterwards)

    assert line.endswith("Asked the pager. delivery='event:Ev1' handler='acme.page' incident='INC-7'")
    assert TextFormatter().format(afterwards).endswith("Idle.")
