"""What every page says when Slack does not get what it should: how much waits, since when, and what is switched off."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from jobs import backlog, switches
from jobs.tiers import Tier
from people.access import OPERATE, may
from people.models import Person
from slackbot.models import CommsChannel
from slackbot.outbound import closures

logger = logging.getLogger(__name__)

PATIENCE: Final = timedelta(seconds=30)


@dataclass(frozen=True)
class Banner:
    """`count` messages to Slack wait since `since`; `off` names what operators switched off."""

    count: int
    since: datetime | None
    off: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.count or self.off)


def present(now: datetime) -> Banner:
    """Return what there is to say. What is on its way for a moment is not worth a word, nor are reminders."""
    lines = [
        line
        for line in backlog.waiting_in("out")
        if line.tier < Tier.EXTRA and line.oldest_at and line.oldest_at < now - PATIENCE
    ]
    since = min((line.oldest_at for line in lines if line.oldest_at), default=None)
    off = tuple(position.name for position in switches.positions() if position.is_off)
    return Banner(sum(line.count for line in lines), since, off)


def is_operator(request: HttpRequest) -> bool:
    """Return whether the signed-in person may use Operations. The rule is the same in Slack."""
    user = getattr(request, "user", None)
    person: Person | None = getattr(user, "person", None)
    if person is None and user is not None and user.is_active:
        return bool(user.is_staff or user.is_superuser)  # an account that has opened no other page yet
    return may(person, OPERATE)


def banner(request: HttpRequest) -> Mapping[str, Any]:
    """Give templates `slack_banner`, `is_operator`, `frozen_channels` and `channel_notes`.

    Asked only where a template shows it.
    """
    return {
        "slack_banner": SimpleLazyObject(_present_or_none),
        "is_operator": is_operator(request),
        "frozen_channels": SimpleLazyObject(_frozen),
        "channel_notes": SimpleLazyObject(_notes),
    }


def _frozen() -> frozenset[int]:
    """Return the incidents whose channel we were removed from, so that we don't see who comes and goes."""
    return frozenset(CommsChannel.objects.filter(frozen_at__isnull=False).values_list("incident_id", flat=True))


def _notes() -> dict[int, str]:
    """Return for the incidents whose channel is closed why it doesn't show what happens."""
    closed = CommsChannel.objects.exclude(closed_as="")
    return {channel.incident_id: closures.sentence(channel) for channel in closed}


def _present_or_none() -> Banner | None:
    try:
        return present(timezone.now())
    except DatabaseError as error:  # an error page has to appear all the same
        logger.warning("No banner: %s", error)
        return None
