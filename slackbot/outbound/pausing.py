"""Close rows of the outbox until Response can post in a channel again: see `slackbot.outbound.closures`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from incidents.models import Incident
from jobs import wakeup
from slackbot.models import OutboxEntry

USEFUL_FOR: Final = timedelta(days=1)  # an older message is not posted
_WHY: Final = "Waits until Response can post in "


def why(channel_id: str) -> str:
    return f"{_WHY}{channel_id} again"


def rows(channel_id: str) -> QuerySet[OutboxEntry]:
    """Return the rows that wait for the channel."""
    return OutboxEntry.objects.filter(is_open=False, given_up_at=None, error=why(channel_id))


def resume(paused: QuerySet[OutboxEntry], *, now: datetime, at: datetime) -> None:
    """Send these rows at a time, unless they are too old to be useful."""
    again = {"is_open": True, "closed_at": None, "error": "", "attempts": 0, "failures": 0, "refused_at": None}
    useful = Q(expires_at=None) | Q(expires_at__gt=now)
    paused.filter(useful, created_at__gt=now - USEFUL_FOR).update(**again, not_before=at)
    wakeup.wake_after_commit(OutboxEntry.QUEUE)


def resume_in(incident: Incident, channel_id: str, *, now: datetime) -> None:
    """Send in the incident's new channel what waits for an earlier one."""
    paused = OutboxEntry.objects.filter(incident=incident, is_open=False, given_up_at=None, error__startswith=_WHY)
    resume(paused.exclude(error=why(channel_id)), now=now, at=now)
