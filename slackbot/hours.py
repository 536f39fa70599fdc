"""When somebody wants to hear from us."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class WorkingHours:
    """A daily window, on some days of the week (Monday is 0), in a time zone like "Europe/London"."""

    start: time = time(9)
    end: time = time(18)
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    time_zone: str = "UTC"

    def __post_init__(self) -> None:
        if not self.start < self.end or not self.days:
            raise ValueError("Working hours begin before they end, on at least one day of the week.")
        ZoneInfo(self.time_zone)  # raises for a zone that there is not

    def next_open(self, moment: datetime) -> datetime:
        """Return `moment` when it lies inside, else the beginning of the next window."""
        here = moment.astimezone(ZoneInfo(self.time_zone))
        if here.weekday() in self.days and self.start <= here.time() < self.end:
            return moment
        day = here.date() if here.time() < self.start else here.date() + timedelta(days=1)
        while day.weekday() not in self.days:
            day += timedelta(days=1)
        return datetime.combine(day, self.start, tzinfo=here.tzinfo).astimezone(moment.tzinfo)
