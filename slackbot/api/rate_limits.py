"""Slack said "not before": for a method, a method in one channel, or for looking. All processes wait then."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db.models import Max, QuerySet

from slackbot.api.client import Call, RateLimited
from slackbot.jobs import queue
from slackbot.models import Gate

logger = logging.getLogger(__name__)

LOOKING: Final = "looking for what was said"  # the gate of all calls that look whether another one took effect


def of(call: Call) -> str:
    """Slack limits posting per channel and everything else per method."""
    return call.gates[-1] if call.method.startswith("chat.") else call.method


def wait_for(keys: Sequence[str], now: datetime) -> None:
    """Raise `RateLimited` while one of them is closed."""
    until = closed(now).filter(key__in=keys).aggregate(until=Max("closed_until"))["until"]
    if until is not None:
        raise RateLimited((until - now).total_seconds())


def close(key: str, limited: RateLimited, *, now: datetime) -> None:
    until = now + min(timedelta(seconds=limited.seconds), queue.LONGEST_PAUSE)
    gate, _ = Gate.objects.update_or_create(key=key, defaults={"closed_until": until})
    logger.warning("Slack asks to wait until %s UTC: %s", f"{until:%H:%M:%S}", gate.name)


def closed(now: datetime) -> QuerySet[Gate]:
    """Return those that are closed now, by a clock that can be believed."""
    return Gate.objects.filter(closed_until__gt=now, closed_until__lte=now + queue.LONGEST_PAUSE).order_by("key")
