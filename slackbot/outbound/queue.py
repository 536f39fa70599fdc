"""The queue of what Slack must see. While one call waits for Slack, others continue."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from jobs import queues
from jobs.chores import Chore
from jobs.queues import Clock, Queue
from slackbot.models import OutboxEntry
from slackbot.outbound import housekeeping, projector, sender

SENDERS: Final = 4


def _project(now: Clock) -> int:
    return projector.catch_up(now=now)


queues.register(
    Queue(
        name=OutboxEntry.QUEUE,
        rows=OutboxEntry.objects.all,
        claim_next=sender.claim_next,
        is_waiting=sender.is_waiting,
        work_on=sender.send,
        threads=SENDERS,
        feed=_project,
        background=(
            Chore(housekeeping.Connecting(), every=timedelta(seconds=0.5)),
            Chore(housekeeping.throw_away_old_rows, every=timedelta(hours=1), first=timedelta(minutes=5)),
        ),
    )
)
