"""The times that an incident may have: clocks in every time zone can show them, and every database keeps them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from people.errors import InvalidValue

FIRST: Final = datetime(1970, 1, 1, tzinfo=UTC)
AFTER_THE_LAST: Final = datetime(9001, 1, 1, tzinfo=UTC)
YEARS: Final = "a time between the years 1970 and 9000"
CHOOSE_ANOTHER: Final = f"Choose {YEARS}."


def can_be_shown(at: datetime) -> bool:
    """Say whether `at`, an aware time, may be converted into any time zone."""
    return FIRST <= at < AFTER_THE_LAST


def checked(at: datetime, *, field: str) -> datetime:
    """Return `at` in UTC. Raise `InvalidValue`, for `field`, when clocks elsewhere cannot show it."""
    if not can_be_shown(at):
        raise InvalidValue(CHOOSE_ANOTHER, field=field)
    return at.astimezone(UTC)
