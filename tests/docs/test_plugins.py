"""docs/plugins.md shows code that exists, runs and is tested, and names all that there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from slackbot import plugins, testing
from slackbot.plugins import SaidMessage, channels, display, events
from slackbot.testing.workspace import Channel, Message, Workspace

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/plugins.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
CODE = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "examples").rglob("*.py"))]


def public(thing: object) -> set[str]:
    return {name for name in vars(thing) if not name.startswith("_") and name.islower()}


def named(words: str) -> set[str]:
    """Return every word that stands in backticks."""
    return {word for code in re.findall(r"`([^`\n]+)`", words) for word in re.findall(r"\w+", code)}


def test_there_are_blocks_of_python() -> None:
    assert len(BLOCKS) > 10


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: re.sub(r"\W+", "-", block[:40]))
def test_every_block_stands_word_for_word_in_an_example(block: str) -> None:
    assert any(f"\n{block}" in f"\n{code}" for code in CODE), block


def test_everything_a_plugin_may_use_is_named() -> None:
    assert set(plugins.__all__) - named(PAGE) == set()


@pytest.mark.parametrize("context", [name for name in plugins.__all__ if name.endswith("Context")])
def test_everything_in_a_context_is_named(context: str) -> None:
    members = {name for each in getattr(plugins, context).__mro__[:-1] for name in (*vars(each), *each.__annotations__)}
    plumbing = {"effects", "key", "origin", "pushed", "in_background"}

    assert {name for name in members if not name.startswith("_")} - plumbing - named(PAGE) == set()


def test_everything_that_shows_an_incident_is_named() -> None:
    functions = {name for name, each in vars(channels).items() if getattr(each, "__module__", "") == channels.__name__}

    assert {*display.__all__, *functions} - {"IncidentChannel"} - named(PAGE) == set()


def test_every_class_of_event_is_named_with_its_parts() -> None:
    classes = [each for each in vars(events).values() if isinstance(each, type) and issubclass(each, events.SlackEvent)]
    parts = {
        name for each in [*classes, SaidMessage] for name in (*vars(each), *each.__annotations__) if name.islower()
    }
    plumbing = {"source"}

    assert {each.__name__ for each in classes} - {"SlackEvent"} - named(PAGE) == set()
    assert {name for name in parts if not name.startswith("_")} - plumbing - named(PAGE) == set()


@pytest.mark.parametrize("thing", [testing.Actor, Channel, Message, Workspace])
def test_what_a_test_can_do_and_see_is_named(thing: type) -> None:
    plumbing = {"back_to_the_present", "refused_calls", "elements", "is_ephemeral", "ts", "id"}

    assert public(thing) - plumbing - named(PAGE) == set()


def test_every_example_is_listed() -> None:
    listed = re.findall(r"^\| \[`(\w+)`\]\(\.\./examples/\1\) \|", PAGE, flags=re.MULTILINE)

    assert sorted(listed) == [path.parent.name for path in sorted((ROOT / "examples").glob("*/slack_handlers.py"))]


def test_the_files_of_a_new_plugin_are_named() -> None:
    template = [path.name.removesuffix("-tpl") for path in (ROOT / "slackbot/plugin_template").glob("*-tpl")]
    section = PAGE.partition("## From nothing to a published plugin")[2]

    assert {f"`{name.replace('plugin_name', 'acme')}`" for name in template} - {"`__init__.py`"} <= set(
        re.findall(r"`[\w.]+`", section)
    )
