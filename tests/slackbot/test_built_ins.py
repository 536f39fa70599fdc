"""The built-ins are found by themselves, and what people see doesn't depend on the order in which they are imported."""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path

from slackbot import slack_handlers
from slackbot.kit.registry import Event, registry

FOLDER = Path(slack_handlers.__file__).parent


def shares_an_event(one: Event, other: Event) -> bool:
    if one.subtypes is None or other.subtypes is None:
        return True
    return bool({*one.subtypes} & {*other.subtypes})


def test_every_module_in_the_folder_is_loaded() -> None:
    names = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}

    assert names <= {name.rpartition(".")[2] for name in sys.modules if name.startswith("slackbot.slack_handlers.")}


def test_the_lines_of_the_headline_name_their_places() -> None:
    places = [line.order for line in registry.headline_lines.values() if line.is_built_in]

    assert len(places) == len(set(places))


def test_buttons_that_share_a_place_are_of_one_module_and_in_the_order_of_their_names() -> None:
    buttons = [button for button in registry.headline_buttons if button.is_built_in]

    assert buttons == sorted(buttons, key=lambda each: (each.order, each.id))
    for one, other in combinations(buttons, 2):
        assert one.order != other.order or one.handler.__module__ == other.handler.__module__


def test_no_event_is_heard_by_built_ins_of_two_modules() -> None:
    for handlers in registry.events.values():
        for one, other in combinations([each for each in handlers if each.is_built_in], 2):
            assert one.handler.__module__ == other.handler.__module__ or not shares_an_event(one, other)


def test_no_incident_event_is_heard_by_two_built_ins() -> None:
    for kind, handlers in registry.incident_events.items():
        assert len([each for each in handlers if each.is_built_in]) <= 1, kind
