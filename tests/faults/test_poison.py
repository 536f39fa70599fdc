"""A handler that takes its process with it every time is given up after three deaths and named by those who look.

Everybody else's work goes on meanwhile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pytest

from tests.faults.checker import read_page
from tests.faults.conftest import Build
from tests.faults.house import House, eventually
from tests.faults.person import Person

pytestmark = pytest.mark.faults

PLUGIN: Final = "tests.faults.poison"
SLACK_WAITS: Final = 3.0  # seconds
ENGINES: Final = pytest.mark.parametrize("engine", ["sqlite", pytest.param("postgresql", marks=pytest.mark.soak)])
DEATHS: Final = "ended 3 processes"
# What the row and those who show it say of each way: of the signal, of the traceback.
NAMED: Final = {
    "exits": (DEATHS, "ended with exit code 5"),
    "crashes": (DEATHS, "SIGSEGV", "Segmentation fault", "in take"),
    "loops": (DEATHS, "ended with exit code 1", "Timeout", "in take"),
    "hungry": ("MemoryError", "in take"),
    "killed": (DEATHS, "SIGKILL"),
}
GIVEN_UP: Final = "SELECT kind, attempts, failures FROM slackbot_inboxentry WHERE given_up_at IS NOT NULL"


def _in_command(ada: Person, how: str, channel: str) -> None:
    ada.types(f"<@U0RESPONSE> swallow poison {how}", channel)


def _in_event(ada: Person, how: str, channel: str) -> None:
    _pin(ada, f"poison {how}", channel)


def _pin_for_the_core(ada: Person, how: str, channel: str) -> None:
    _pin(ada, f"venom {how}", channel)


def _pin(ada: Person, text: str, channel: str) -> None:
    said = ada.sandbox.act("message.send", ada.id, channel=channel, text=text)
    assert ada.sandbox.act("pin.add", ada.id, channel=channel, ts=said["ts"])["ok"]


def _in_reminder(ada: Person, how: str, _channel: str) -> None:
    ada.declares(f"The poison {how}")


Give = Callable[[Person, str, str], None]

PLUGINS: Final = {
    "command": (_in_command, "poison: tests.faults.poison.slack_handlers.swallowed (plugin_command)", "key event:Ev"),
    "event": (_in_event, "poison: tests.faults.poison.slack_handlers.pinned (event)", "event: pin_added"),
    "reminder": (_in_reminder, "poison: tests.faults.poison.slack_handlers.reminded (notification)", "key reminder:"),
}
SHORT: Final = (("command", "crashes"), ("event", "loops"), ("reminder", "exits"), ("event", "hungry"))


def _long(short: tuple[tuple[str, str], ...], *pair: str) -> list[pytest.MarkDecorator]:
    return [] if pair in short else [pytest.mark.soak]


@ENGINES
@pytest.mark.parametrize(
    ("kind", "how"),
    [
        pytest.param(kind, how, marks=_long(SHORT, kind, how))
        for kind in PLUGINS
        for how in ("exits", "crashes", "loops", "hungry")
    ],
)
def test_a_plugins_poison_is_named_and_nobody_waits_for_it(build: Build, engine: str, kind: str, how: str) -> None:
    give, name, event = PLUGINS[kind]
    with build(engine, RESPONSE_PLUGINS=PLUGIN, PLUGIN_MEMORY_MB="300") as house:
        ada = Person(house.sandbox, "U0ADA")
        channel = ada.declares_and_joins("Somewhere else")

        give(ada, how, channel)
        ada.types("Where is the canary?", channel)
        _core_goes_on(ada, "Meanwhile")
        eventually(lambda: ada.sees("The canary sings.", channel), "its neighbour speaks", house)

        _is_given_up_and_named(house, name, event, *NAMED[how])
        if how == "hungry":
            assert house.rows(GIVEN_UP)[0]["failures"] == 5


def _note(ada: Person, how: str, channel: str) -> None:
    ada.types(f"<@U0RESPONSE> note venom {how}", channel)


def _nothing(_ada: Person, _how: str, _channel: str) -> None:
    """What the core asks about every incident needs nobody."""


CORE: Final = {
    "command": (_note, "slackbot.slack_handlers.timeline.timeline (mention)", "event: app_mention"),
    "event": (_pin_for_the_core, "slackbot.slack_handlers.pins.pin_added (event)", "event: pin_added"),
    "reminder": (_nothing, "slackbot.slack_handlers.nudges.nobody_leads (notification)", "key reminder:"),
}
SHORT_IN_CORE: Final = (("command", "crashes"), ("reminder", "killed"))


@ENGINES
@pytest.mark.parametrize(
    ("kind", "how"),
    [
        pytest.param(kind, how, marks=_long(SHORT_IN_CORE, kind, how))
        for kind in CORE
        for how in ("exits", "crashes", "killed")
    ],
)
def test_poison_in_the_core_is_named_and_the_rest_goes_on(build: Build, engine: str, kind: str, how: str) -> None:
    give, name, event = CORE[kind]
    with build(engine, RESPONSE_PLUGINS=PLUGIN, POISON_OF_THE_CORE=f"venom {how}") as house:
        ada = Person(house.sandbox, "U0ADA")
        channel = ada.declares_and_joins("Somewhere else")

        give(ada, how, channel)
        if kind == "reminder":
            due = "UPDATE slackbot_reminder SET due_at = '2026-01-01 00:00:00' WHERE handler = %s"
            house.write(due, name.partition(" ")[0])
        _core_goes_on(ada, "Meanwhile")
        ada.types("<@U0RESPONSE> note All is well elsewhere", channel)

        _is_given_up_and_named(house, name, event, *NAMED[how])
        noted = "SELECT 1 FROM incidents_timelineentry WHERE text = 'All is well elsewhere'"
        eventually(lambda: bool(house.rows(noted)), "the channel's later commands are obeyed", house)


def _core_goes_on(ada: Person, title: str) -> None:
    """Declare, set severity and status in the time that Slack waits, and resolve."""
    channel = ada.declares_and_joins(title)
    assert ada.types("/incident severity critical", channel) < SLACK_WAITS
    assert ada.types("/incident status identified", channel) < SLACK_WAITS
    ada.resolves(channel)


def _is_given_up_and_named(house: House, *words: str) -> None:
    eventually(lambda: bool(house.rows(GIVEN_UP)), "it is given up", house)
    for said in (house.manage("doctor"), " ".join(read_page(house, "/operators/").split())):
        for each in words:
            assert each in said, (each, said)
    assert len(house.rows(GIVEN_UP)) == 1, house.state()
    assert house.sandbox.refused_calls() == [], "Slack would have refused these calls"
