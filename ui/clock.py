"""Show a time on the reader's clock."""

from __future__ import annotations

from datetime import UTC, datetime

from django.utils import timezone


def on_own_clock(at: datetime) -> datetime:
    """Return the same instant in the reader's time zone, or in UTC if no clock there can show it.

    Nothing takes such a time any more, but an older version may have kept one.
    """
    try:
        return timezone.localtime(at)
    except OverflowError:
        return at.astimezone(UTC)
