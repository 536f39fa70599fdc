"""When somebody wants to hear from us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from slackbot.kit.declarations import Expected, RegistrationError, caller_of, check

CLOCK: Final = Expected("a time without a time zone", lambda value: isinstance(value, time) and value.tzinfo is None)
DAYS: Final = Expected(
    "a tuple of days, from 0 (Monday) to 6 (Sunday)",
    lambda value: (
        isinstance(value, tuple | list | set | frozenset | range)
        and len(value) > 0
        and all(type(day) is int and 0 <= day <= 6 for day in value)
    ),
)


def _is_zone(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False


ZONE: Final = Expected('a time zone such as "Europe/London"', _is_zone)


@dataclass(frozen=True)
class WorkingHours:
    """A daily window, on some days of the week (Monday is 0), in a time zone like "Europe/London"."""

    start: time = time(9)
    end: time = time(18)
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        place = caller_of(3)
        check("WorkingHours", "start", self.start, CLOCK, place=place)
        check("WorkingHours", "end", self.end, CLOCK, place=place)
        check("WorkingHours", "days", self.days, DAYS, place=place)
        check("WorkingHours", "time_zone", self.time_zone, ZONE, place=place)
        if not self.start < self.end:
            raise RegistrationError(f"WorkingHours: start must be before end. {place}")

    def next_open(self, moment: datetime) -> datetime:
        """Return `moment` when it lies inside, else the beginning of the next window."""
        here = moment.astimezone(ZoneInfo(self.time_zone))
        if here.weekday() in self.days and self.start <= here.time() < self.end:
            return moment
        day = here.date() if here.time() < self.start else here.date() + timedelta(days=1)
        while day.weekday() not in self.days:
            day += timedelta(days=1)
        return datetime.combine(day, self.start, tzinfo=here.tzinfo).astimezone(moment.tzinfo)
