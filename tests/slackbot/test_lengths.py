from __future__ import annotations

from datetime import timedelta

import pytest

from slackbot.kit import arguments


@pytest.mark.parametrize(
    ("words", "length"),
    [
        ("1h", timedelta(hours=1)),
        ("2 days", timedelta(days=2)),
        ("30 minutes", timedelta(minutes=30)),
        ("1h30m", timedelta(minutes=90)),
        ("1 hour and 5 mins", timedelta(minutes=65)),
        ("2 weeks", timedelta(weeks=2)),
    ],
)
def test_a_length_is_read_as_people_write_it(words: str, length: timedelta) -> None:
    assert arguments.duration(words) == length


@pytest.mark.parametrize("words", ["", "soon", "2", "3 horses", "2 minutesx"])
def test_anything_else_is_refused(words: str) -> None:
    with pytest.raises(arguments.UsageError):
        arguments.duration(words)
