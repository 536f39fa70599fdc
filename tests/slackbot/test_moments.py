"""Every way to write a time that the docs name means what they say, on every day of a year and in six zones."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from slackbot.kit import moments

ZONES: Final = (
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",  # its clocks change by half an hour
    "Pacific/Apia",
)
YEAR: Final = [datetime(2026, 1, 1, 1, 30, tzinfo=UTC) + timedelta(hours=23 * step) for step in range(382)]
Meaning = Callable[[datetime, ZoneInfo], datetime]


def _on_the_clock(hour: int, minute: int, *, days: int = 0) -> Meaning:
    def meaning(now: datetime, zone: ZoneInfo) -> datetime:
        day = now.astimezone(zone).date() + timedelta(days=days)
        return datetime(day.year, day.month, day.day, hour, minute, tzinfo=zone).astimezone(UTC)

    return meaning


def _after(**length: float) -> Meaning:
    return lambda now, _zone: now + timedelta(**length)


def _in_zone(meaning: Meaning, name: str) -> Meaning:
    return lambda now, _zone: meaning(now, ZoneInfo(name))


PHRASES: Final[dict[str, Meaning]] = {
    "now": _after(),
    "10 minutes ago": _after(minutes=-10),
    "30 min ago": _after(minutes=-30),
    "1 hour ago": _after(hours=-1),
    "an hour ago": _after(hours=-1),
    "half an hour ago": _after(minutes=-30),
    "1h 30m ago": _after(minutes=-90),
    "1.5 hours ago": _after(minutes=-90),
    "2 hours and 5 minutes ago": _after(minutes=-125),
    "36 hours ago": _after(hours=-36),
    "in 30 minutes": _after(minutes=30),
    "in 2h": _after(hours=2),
    "14:05": _on_the_clock(14, 5),
    "14.05": _on_the_clock(14, 5),
    "2:05pm": _on_the_clock(14, 5),
    "5 PM": _on_the_clock(17, 0),
    "12am": _on_the_clock(0, 0),
    "today 14:05": _on_the_clock(14, 5),
    "yesterday 10:00": _on_the_clock(10, 0, days=-1),
    "Yesterday at 5pm": _on_the_clock(17, 0, days=-1),
    "5pm yesterday": _on_the_clock(17, 0, days=-1),
    "tomorrow 10:00": _on_the_clock(10, 0, days=1),
    "2026-11-20 09:15": lambda _now, zone: datetime(2026, 11, 20, 9, 15, tzinfo=zone).astimezone(UTC),
    "2026-11-20T09:15:00Z": lambda _now, _zone: datetime(2026, 11, 20, 9, 15, tzinfo=UTC),
    "2026-11-20 09:15 +02:00": lambda _now, _zone: datetime(2026, 11, 20, 7, 15, tzinfo=UTC),
    "2026-11-20 09:15 EST": lambda _now, _zone: datetime(2026, 11, 20, 14, 15, tzinfo=UTC),
    "09:15 UTC": _in_zone(_on_the_clock(9, 15), "UTC"),
    "09:15Z": _in_zone(_on_the_clock(9, 15), "UTC"),
    "09:15 +00:00": _in_zone(_on_the_clock(9, 15), "UTC"),
    "yesterday 14:05 Asia/Kathmandu": _in_zone(_on_the_clock(14, 5, days=-1), "Asia/Kathmandu"),
}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("phrase", PHRASES)
def test_a_phrase_means_its_instant_on_every_day_of_a_year(phrase: str, zone: str) -> None:
    wrong = {
        now: found and found.at
        for now in YEAR
        if (found := moments.read(phrase, zone=ZoneInfo(zone), now=now)) is None
        or found.at != PHRASES[phrase](now, ZoneInfo(zone))
    }

    assert wrong == {}


def test_minutes_ago_are_right_in_the_hour_in_which_clocks_change() -> None:
    for now in (datetime(2026, 10, 25, 1, 10, tzinfo=UTC), datetime(2026, 3, 29, 1, 10, tzinfo=UTC)):
        found = moments.read("30 minutes ago", zone=ZoneInfo("Europe/Berlin"), now=now)

        assert found is not None
        assert found.at == now - timedelta(minutes=30)


@pytest.mark.parametrize(("hour", "expected"), [(0, 0), (1, 1), (2, 1)])
def test_a_time_that_clocks_show_twice_is_the_latest_that_is_over(hour: int, expected: int) -> None:
    now = datetime(2026, 10, 25, hour, 45, tzinfo=UTC)
    found = moments.read("02:30", zone=ZoneInfo("Europe/Berlin"), now=now)

    assert found is not None
    assert found.at == datetime(2026, 10, 25, expected, 30, tzinfo=UTC)


def test_a_time_of_day_that_is_still_to_come_was_yesterdays_also_when_clocks_change() -> None:
    now = datetime(2026, 3, 29, 3, 0, tzinfo=UTC)  # 5:00 in Berlin, three hours after the change
    found = moments.read("23:50", zone=ZoneInfo("Europe/Berlin"), now=now)

    assert found is not None
    assert found.latest_past(now) == datetime(2026, 3, 28, 22, 50, tzinfo=UTC)


@pytest.mark.parametrize(
    "words", ["soon", "huge", "25:99", "yesterday 25:00", "2026-02-30 10:00", "10 fish ago", "", "9" * 400]
)
def test_what_is_no_time_is_none(words: str) -> None:
    assert moments.read(words, zone=ZoneInfo("UTC"), now=YEAR[0]) is None


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("yesterday 5pm rolled back", "rolled back"),
        ("10 minutes ago: saw it", "saw it"),
        ("14:05 Rolled back to v412", "Rolled back to v412"),
        ("14:05: rolled back", "rolled back"),
        ("09:15 UTC - deploy", "deploy"),
        ("2026-11-20 09:15 deploy", "deploy"),
        ("1 hour ago\nthe queue grew", "the queue grew"),
    ],
)
def test_a_time_in_front_of_a_text_is_found_whole(text: str, rest: str) -> None:
    found = moments.read_front(text, zone=ZoneInfo("UTC"), now=YEAR[0])

    assert found is not None
    assert found[1] == rest


@pytest.mark.parametrize(
    "text", ["Now it works", "3 pods died", "Today we deployed", "In 5 minutes we restart", "500s again"]
)
def test_words_that_only_look_like_a_time_stay_in_the_text(text: str) -> None:
    assert moments.read_front(text, zone=ZoneInfo("UTC"), now=YEAR[0]) is None
