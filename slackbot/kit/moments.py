"""Read when something happened: "14:05", "10 minutes ago", "yesterday 5pm", "2026-11-20 09:15 UTC".

A time of day is on the author's clock, unless a time zone follows it. A length of time ("30 minutes ago") doesn't
depend on a clock, so it is correct when clocks change. A time of day that clocks show twice is the latest one in the
past; one that they skip is as long after midnight as it would have been without the change (PEP 495, fold 0).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import dateparser
from dateparser.timezone_parser import pop_tz_offset_from_string

UNITS: Final = {
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
}
DAYS: Final = {"d": 1, "w": 7}
_AMOUNT: Final = re.compile(
    r"(?P<number>\d+(?:[.,]\d+)?|half an?|an?)\s*"
    r"(?P<unit>s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)(?![a-z])(?:\s*,?\s*(?:and\s+)?)",
    re.IGNORECASE,
)
_CLOCK: Final = re.compile(
    r"(?:at\s+)?(?:(?P<hour>[01]?\d|2[0-3])[:.](?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d)(?:\.\d+)?)?"
    r"\s*(?P<half>[ap]m)?|(?P<whole>1[0-2]|0?[1-9])\s*(?P<half_of_whole>[ap]m))",
    re.IGNORECASE,
)
_DAY: Final = re.compile(r"today|yesterday|tomorrow|(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)", re.IGNORECASE)
_REGION: Final = re.compile(r"[A-Z][A-Za-z_]+/[A-Z][A-Za-z_/+-]+")
_HAS_A_CLOCK: Final = re.compile(r"\b(\d{1,2}):(\d{2})\b")
_A_TIME: Final = re.compile(r"\d+\s*[a-z]|\d{4}-\d\d|\d[:/.]\d|today|yesterday|tomorrow|ago|\bin\b", re.IGNORECASE)
_MOST_WORDS: Final = 6  # of a time at the beginning of a text


@dataclass(frozen=True)
class Moment:
    """An instant, in UTC, and the same time on the previous day if only a time of day was given."""

    at: datetime
    day_before: datetime | None = None

    def latest_past(self, now: datetime) -> datetime:
        """Return the instant; one day earlier if only a time of day was given and it is in the future."""
        return self.day_before if self.at > now and self.day_before is not None else self.at


def read(text: str, *, zone: tzinfo, now: datetime) -> Moment | None:
    """Return what `text` means at `now` to somebody in `zone`; None if it isn't a time."""
    words = " ".join(text.split())
    if words.lower() in ("now", "just now"):
        return Moment(now)
    return _distance(words, zone, now) or _on_a_clock(words, zone, now) or _otherwise(words, zone, now)


def read_front(text: str, *, zone: tzinfo, now: datetime) -> tuple[Moment, str] | None:
    """Return the time at the beginning of `text`, and the rest; None if it doesn't begin with one."""
    words = list(re.finditer(r"\S+", text))[:_MOST_WORDS]
    for last in reversed(words):
        front = " ".join(text[: last.end()].split()).rstrip(" ,;:-\u2013")
        found = _distance(front, zone, now, forward=False) or _on_a_clock(front, zone, now)
        if found is not None:
            return found, text[last.end() :].lstrip(" \n,;:-\u2013")
    return None


def _distance(words: str, zone: tzinfo, now: datetime, *, forward: bool = True) -> Moment | None:
    """Read "10 minutes ago" and "in 2 days"."""
    lowered = words.lower()
    if lowered.endswith(" ago"):
        amount, sign = words[:-4], -1
    elif forward and lowered.startswith("in "):
        amount, sign = words[3:], 1
    else:
        return None
    parts = list(_AMOUNT.finditer(amount.strip() + " "))
    if not parts or "".join(part[0] for part in parts).strip() != amount.strip():
        return None
    days, length = 0.0, timedelta(0)
    for part in parts:
        unit, number = part["unit"][0].lower(), _number(part["number"])
        if unit in DAYS:
            days += DAYS[unit] * number
        else:
            length += UNITS[unit] * number
    try:
        whole, rest = int(days), timedelta(days=days - int(days))
        here = now.astimezone(zone).replace(tzinfo=None) + sign * timedelta(days=whole)
        there = _instant(here, zone, now) if whole else now
        return Moment(there + sign * (length + rest))
    except OverflowError:
        return None


def _number(words: str) -> float:
    if words[0].isdigit():
        return float(words.replace(",", "."))
    return 0.5 if words.lower().startswith("half") else 1.0


def _on_a_clock(words: str, zone: tzinfo, now: datetime) -> Moment | None:
    """Read a time of day, with a day before or after it and a time zone at its end, if given."""
    for rest, there in _zones(words, zone):
        day = _DAY.match(rest)
        clock = _CLOCK.fullmatch(re.sub(r"^[T,\s]+", "", rest[day.end() :])) if day else _CLOCK.fullmatch(rest)
        if clock is None and (day := next((each for each in _DAY.finditer(rest) if each.end() == len(rest)), None)):
            clock = _CLOCK.fullmatch(rest[: day.start()].rstrip(" ,"))
        if clock is None:
            continue
        today = now.astimezone(there).date()
        on = _date(day, today) if day else today
        if on is None or (time_of_day := _time(clock)) is None:
            return None
        at = _instant(datetime.combine(on, time_of_day), there, now)
        if day:
            return Moment(at)
        before = _instant(datetime.combine(on - timedelta(days=1), time_of_day), there, now)
        return Moment(at, day_before=before)
    return None


def _zones(words: str, zone: tzinfo) -> Iterator[tuple[str, tzinfo]]:
    """Yield the words without the time zone at their end, with that zone; first the words as they are."""
    yield words, zone
    front, _, last = words.rpartition(" ")
    if front and _REGION.fullmatch(last):
        try:
            yield front, ZoneInfo(last)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            return
    rest, found = pop_tz_offset_from_string(words)
    if isinstance(found, tzinfo) and words.startswith(rest.rstrip()) and rest.strip():
        yield rest.strip(), found


def _date(day: re.Match[str], today: date) -> date | None:
    if day["year"]:
        try:
            return date(int(day["year"]), int(day["month"]), int(day["day"]))
        except ValueError:
            return None
    return today + timedelta(days={"yesterday": -1, "today": 0, "tomorrow": 1}[day[0].lower()])


def _time(clock: re.Match[str]) -> time | None:
    hour, minute = int(clock["hour"] or clock["whole"]), int(clock["minute"] or 0)
    half = (clock["half"] or clock["half_of_whole"] or "").lower()
    if half and hour <= 12:
        hour = hour % 12 + (12 if half == "pm" else 0)
    return time(hour, minute, int(clock["second"] or 0))


def _instant(local: datetime, zone: tzinfo, now: datetime) -> datetime:
    """Return when the clock shows `local`: the latest time in the past, if it shows it twice.

    A time that UTC cannot represent becomes the first or the last one that it can.
    """
    try:
        first, second = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    except OverflowError:
        return datetime.min.replace(tzinfo=UTC) if local.year == 1 else datetime.max.replace(tzinfo=UTC)
    return second if first < second <= now else first


def _otherwise(words: str, zone: tzinfo, now: datetime) -> Moment | None:
    """Read the many other ways to write a date that `dateparser` knows."""
    on_a_clock = all(int(hour) < 24 and int(minute) < 60 for hour, minute in _HAS_A_CLOCK.findall(words))
    if not (on_a_clock and _A_TIME.search(words)):
        return None
    here = now.astimezone(zone).replace(tzinfo=None)
    found = dateparser.parse(words, languages=["en"], settings={"RELATIVE_BASE": here})
    if found is None:
        return None
    return Moment(_instant(found.replace(tzinfo=None), found.tzinfo or zone, now))
