"""Rows that this process doesn't know how to run, because another version wrote them or their plugin is gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, TypeVar

from django.db.models import Q, QuerySet

from jobs import leases
from jobs.models import Job
from jobs.moments import Moment

OVERTAKEN_AFTER: Final = timedelta(seconds=5)  # later rows go past one that nobody here knows
UNKNOWN_FOR: Final = timedelta(hours=1)  # how long a row waits for a process that knows its kind

Row = TypeVar("Row", bound=Job)


class Unknown(Exception):
    """Nothing here has the name that a row asks for: another version wrote it, or its plugin is gone."""

    def __init__(self, name: str) -> None:
        super().__init__(f"No process here knows {name}: a newer version wrote it, or its plugin is gone")

    @property
    def reason(self) -> str:
        """Why a row is given up in the end."""
        return f"No process took it for an hour. {self}"


class UnknownKinds:
    """The kinds and handlers of rows that this process doesn't know. It leaves such rows to a process that does.

    While two versions run side by side, the other version's workers know them. If no worker does, later rows overtake
    such a row after `OVERTAKEN_AFTER`, and it fails permanently after `UNKNOWN_FOR`.
    """

    def __init__(self) -> None:
        self._noted = Q()

    def note(self, **columns: str) -> None:
        """Leave rows with the same values in these columns alone from now on, once each says why it waits."""
        if (one := Q(**columns)) not in self._noted.children:
            self._noted = Q(*self._noted.children, one, _connector=Q.OR)

    @property
    def noted(self) -> Q:
        """The condition that a row is of an unknown kind."""
        return self._noted

    def left_alone(self, rows: QuerySet[Row], now: Moment) -> QuerySet[Row]:
        """Keep what this process may try: known and late rows, and those that don't yet say why they wait."""
        recent = {"created_at__gt": now - UNKNOWN_FOR}
        return rows.exclude(self._noted, ~Q(error=""), **recent) if self._noted else rows

    def overtaken(self, now: Moment) -> Q:
        """Return the condition that later rows of the same order don't wait for a row; an empty one if all wait."""
        return self._noted & ~leases.held(now) & Q(created_at__lt=now - OVERTAKEN_AFTER) if self._noted else Q()


def is_nobodys(row: Job, now: datetime) -> bool:
    """Return whether a row of an unknown kind was left to other processes for long enough."""
    return row.created_at < now - UNKNOWN_FOR
