"""What every page says when Slack does not get what it should: how much waits, since when, and what is switched off."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from slackbot import backlog, switches
from slackbot.tiers import Tier

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
        for line in backlog.waiting_on("out")
        if line.tier < Tier.EXTRA and line.oldest_at and line.oldest_at < now - PATIENCE
    ]
    since = min((line.oldest_at for line in lines if line.oldest_at), default=None)
    off = tuple(position.name for position in switches.positions() if position.is_off)
    return Banner(sum(line.count for line in lines), since, off)


def is_operator(request: HttpRequest) -> bool:
    """Staff may operate; where everybody signs in by a click, everybody may."""
    user = getattr(request, "user", None)
    return bool(user and user.is_authenticated and (user.is_staff or settings.SANDBOX))


def banner(request: HttpRequest) -> Mapping[str, Any]:
    """Give templates `slack_banner` and `is_operator`. Asked only where a template shows it."""
    return {"slack_banner": SimpleLazyObject(_present_or_none), "is_operator": is_operator(request)}


def _present_or_none() -> Banner | None:
    try:
        return present(timezone.now())
    except DatabaseError as error:  # an error page has to appear all the same
        logger.warning("No banner: %s", error)
        return None
