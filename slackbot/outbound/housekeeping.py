"""What is done now and then: get to know the workspace and its people, and throw old rows away."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Final

from jobs import history, retries, storing, switches
from slackbot.api.client import RateLimited, SlackProblem
from slackbot.directory import workspace
from slackbot.models import Kept, LastSaid, Workspace
from slackbot.outbound import headline_channel, outbox

logger = logging.getLogger(__name__)

SYNC_EVERY: Final = timedelta(hours=6)
PATIENT_FAILURES: Final = 4  # Slack, or the sandbox, may start a moment after us


def connect(*, now: datetime) -> Workspace:
    """Find out who and where we are, and look for the headline channel. Raise a `SlackProblem` when Slack fails.

    Whatever people did to the headline channel is noted and no reason to raise: there is more to do.
    """
    place = workspace.identify()
    try:
        is_there = headline_channel.look_for(place, now=now)
    except SlackProblem as problem:
        logger.warning("Could not check the headline channel in Slack yet: %s", problem)
        is_there = False
    if not is_there:
        headline_channel.look_again(now=now, after=headline_channel.LOOK_LATER)
    return place


class Connecting:
    """Get to know the workspace at the start of a worker, after growing pauses until Slack answers, and regularly."""

    def __init__(self) -> None:
        self._next: datetime | None = None
        self._failures = 0
        self._census = workspace.Census()

    def __call__(self, now: datetime) -> None:
        if self._next is not None and now < self._next:
            return
        switches.note_environment(at=now)
        try:
            self._census.take(connect(now=now), now=now)
        except SlackProblem as problem:
            self._failures += 1
            asked_for = timedelta(seconds=problem.seconds if isinstance(problem, RateLimited) else 0)
            self._next = now + max(asked_for, retries.pause(self._failures))
            level = logging.INFO if self._failures < PATIENT_FAILURES else logging.WARNING
            logger.log(level, "Could not read the workspace from Slack yet: %s", problem)
        else:
            self._failures = 0
            self._next = now + SYNC_EVERY


def throw_away_old_rows(now: datetime) -> None:
    """Delete jobs that were done two weeks ago, and what else is as old: see `history.also_throw_away`."""
    history.throw_away_old_rows(now)
    Kept.objects.filter(created_at__lt=now - storing.KEPT_FOR).delete()
    LastSaid.objects.filter(key__startswith=outbox.COMMAND, said_at__lt=now - storing.KEPT_FOR).delete()
