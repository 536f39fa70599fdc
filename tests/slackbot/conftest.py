from __future__ import annotations

import copy
from collections.abc import Iterator

import pytest

from incidents.texts import severity_emoji
from slackbot import words
from slackbot.registry import registry


@pytest.fixture
def registers() -> Iterator[None]:
    """The test registers handlers as a plugin does; they are forgotten afterwards."""
    before = {name: copy.copy(value) for name, value in vars(registry).items()}
    for value in before.values():
        if isinstance(value, dict):
            value.update({key: list(each) for key, each in value.items() if isinstance(each, list)})
    said = dict(words.sentences)
    yield
    vars(registry).update(before)
    words.sentences.clear()
    words.sentences.update(said)
    words.forget_plugins_texts()
    severity_emoji.clear()
