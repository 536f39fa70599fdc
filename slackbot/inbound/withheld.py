"""Minutes in which Slack sent us no events because there were too many: `app_rate_limited`.

Slack reports each minute once, and never sends those events again. Source:
https://docs.slack.dev/reference/events/app_rate_limited
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from slackbot.models import WithheldMinute

logger = logging.getLogger(__name__)

SHOWN_FOR: Final = timedelta(days=1)
KEPT_FOR: Final = timedelta(days=14)
AHEAD: Final = timedelta(days=1)  # of our clock, which may be slow
ADVICE: Final = (
    "Slack sends an app at most 30,000 events an hour, and never resends these. Check what people pinned, wrote or "
    "joined in these minutes. Remove the app from busy channels that it doesn't need."
)


def note(minute: Any, *, now: datetime) -> None:
    """Record the minute, in Unix seconds, that Slack reported; the current one if it reported no valid time."""
    moment = now
    if isinstance(minute, int | float) and not isinstance(minute, bool):
        told = datetime.fromtimestamp(min(max(minute, 0), 2**33), tz=UTC)
        moment = told if now - KEPT_FOR < told < now + AHEAD else now
    moment = moment.replace(second=0, microsecond=0)
    _, is_new = WithheldMinute.objects.get_or_create(minute=moment, defaults={"heard_at": now})
    if is_new:
        logger.warning("Slack sent no events in the minute after %s UTC: app_rate_limited", f"{moment:%H:%M}")


def lately(now: datetime) -> list[tuple[datetime, datetime, int]]:
    """Return the periods of the last day, newest first: start, end, and number of minutes."""
    minutes = WithheldMinute.objects.filter(minute__gt=now - SHOWN_FOR).order_by("minute")
    stretches: list[tuple[datetime, datetime, int]] = []
    for minute in minutes.values_list("minute", flat=True):
        end = minute + timedelta(minutes=1)
        if stretches and stretches[-1][1] >= minute:
            first, _, count = stretches[-1]
            stretches[-1] = (first, end, count + 1)
        else:
            stretches.append((minute, end, 1))
    return stretches[::-1]


def throw_away_old(now: datetime) -> None:
    WithheldMinute.objects.filter(minute__lt=now - KEPT_FOR).delete()
