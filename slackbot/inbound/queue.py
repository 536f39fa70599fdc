"""The queues of what Slack tells us. Plugins run apart, where they can break nothing but their own worker."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db.models import QuerySet

from jobs import history, queues
from jobs.chores import Chore
from jobs.queues import Queue
from slackbot.inbound import due_reminders, inbox, scheduling, withheld
from slackbot.models import InboxEntry

DUE_EVERY: Final = timedelta(seconds=0.5)


def _rows(name: str) -> Callable[[], QuerySet[InboxEntry]]:
    return lambda: InboxEntry.objects.filter(queue=name)


def _queue(name: str, **more: Any) -> Queue[InboxEntry]:
    return Queue(
        name=name,
        rows=_rows(name),
        claim_next=partial(inbox.claim_next, name),
        is_waiting=partial(inbox.is_waiting, name),
        work_on=inbox.work_on,
        **more,
    )


def hand_over_due(now: datetime) -> None:
    """Give due reminders and scheduled work to their handlers."""
    due_reminders.hand_over_due(now)
    scheduling.hand_over_due(now)


_of_plugins: Final = {
    "worker": InboxEntry.PLUGINS,
    "runs_plugins": True,
    "memory_mb": settings.PLUGIN_MEMORY_MB,
    "is_supervised": settings.PLUGIN_QUEUES,
}

_due: Final = Chore(hand_over_due, every=DUE_EVERY)
queues.register(_queue(InboxEntry.CORE, processes=settings.CELERY_CONCURRENCY, chores=(_due,)))
queues.register(_queue(InboxEntry.PLUGINS, **_of_plugins))
queues.register(_queue(InboxEntry.ANSWERS, is_awaited=True, **_of_plugins))
history.also_throw_away(scheduling.throw_away_old)
history.also_throw_away(withheld.throw_away_old)
