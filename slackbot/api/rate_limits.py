"""Slack said "not before": for a method, or for a method in one channel. All processes wait then."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import DateTimeField, QuerySet
from django.utils import timezone

from jobs import retries
from jobs.compiled_queries import Read, Slot
from slackbot.api import client
from slackbot.api.client import Call, RateLimited
from slackbot.models import Gate

logger = logging.getLogger(__name__)


def call(method: str, args: dict[str, Any]) -> dict[str, Any]:
    """Return Slack's answer. Raise a `SlackProblem`; `RateLimited`, without a call, while Slack has asked to wait."""
    return _asked(client.call, method, args)


def read(method: str, args: dict[str, Any]) -> dict[str, Any]:
    """Like `call`, for methods that only read: Slack takes their arguments as a query, not as JSON."""
    return _asked(client.read, method, args)


def pages(method: str, field: str, query: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Read all pages of a list, one after the other."""
    cursor = ""
    while True:
        found = read(method, {**query, "cursor": cursor} if cursor else dict(query))
        yield from found[field]
        cursor = (found.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


def _asked(ask: Callable[[str, dict[str, Any]], dict[str, Any]], method: str, args: dict[str, Any]) -> dict[str, Any]:
    asked = Call(method, args, str(args.get("channel") or ""))
    wait_for(asked.gates, timezone.now())
    try:
        return ask(method, args)
    except RateLimited as limited:
        close(of(asked), limited, now=timezone.now())
        raise


def of(call: Call) -> str:
    """Slack limits posting per channel and everything else per method."""
    return call.gates[-1] if call.method.startswith("chat.") else call.method


def wait_for(keys: Sequence[str], now: datetime) -> None:
    """Raise `RateLimited` while one of them is closed."""
    gates = _CLOSED.all(now=now, believed=now + retries.LONGEST_PAUSE)
    until = max((gate.closed_until for gate in gates if gate.key in keys), default=None)
    if until is not None:
        raise RateLimited((until - now).total_seconds())


_CLOSED: Final = Read(
    lambda: Gate.objects.filter(
        closed_until__gt=Slot("now", DateTimeField()), closed_until__lte=Slot("believed", DateTimeField())
    )
)


def close(key: str, limited: RateLimited, *, now: datetime) -> None:
    until = now + min(timedelta(seconds=limited.seconds), retries.LONGEST_PAUSE)
    gate, _ = Gate.objects.update_or_create(key=key, defaults={"closed_until": until})
    logger.warning("Slack asks to wait until %s UTC: %s", f"{until:%H:%M:%S}", gate.name)


def closed(now: datetime) -> QuerySet[Gate]:
    """Return those that are closed now, by a clock that can be believed."""
    return Gate.objects.filter(closed_until__gt=now, closed_until__lte=now + retries.LONGEST_PAUSE).order_by("key")
