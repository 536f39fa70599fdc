"""Run the followers of timelines that plugins declare, in a queue of their own beside that of plugins' other work."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Final

from django.conf import settings

from incidents.followers import registry as followers
from incidents.followers import running
from incidents.models import Following, Incident, TimelineEntry
from jobs import queues
from jobs.queues import Clock
from jobs.work_log import note
from slackbot.inbound.effects import carry_out
from slackbot.inbound.job_kinds.kind import MAX_FAILURES, TIME_LIMITS, WITHOUT_TRANSACTION
from slackbot.kit.contexts import IncidentEventContext
from slackbot.kit.plugin_settings import without_secrets
from slackbot.kit.registry import TimelineFollower, registry
from slackbot.models import InboxEntry

QUEUE: Final = "followers"


def register() -> None:
    """Register what plugins declared. Without any, there is no queue, and no process for it."""
    if registry.followers:
        serve()
    for declared in registry.followers.values():
        followers.register(follower_of(declared))


def serve() -> None:
    """Register the queue. Its workers are as limited as those of plugins' other work."""
    running.serve(
        QUEUE,
        worker=InboxEntry.PLUGINS,
        runs_plugins=True,
        memory_mb=settings.PLUGIN_MEMORY_MB,
        is_supervised=settings.PLUGIN_QUEUES,
    )


def follower_of(declared: TimelineFollower) -> followers.Follower:
    return followers.Follower(
        name=declared.name,
        queue=QUEUE,
        handle=partial(_handle, declared),
        plugin="" if declared.is_built_in else declared.plugin,
        in_transaction=not declared.background,
        time_limit=WITHOUT_TRANSACTION if declared.background else TIME_LIMITS[InboxEntry.PLUGINS],
        max_failures=MAX_FAILURES,
        without_secrets=without_secrets,
    )


def _handle(
    declared: TimelineFollower, row: Following, incident: Incident, entry: TimelineEntry, now: datetime
) -> None:
    note(incident=incident.reference)
    key = f"follower:{row.follower}:{entry.pk}"
    context = IncidentEventContext(
        now=now, incident=incident, entry=entry, key=f"{key}:{entry.recorded_at.timestamp():.6f}"
    )
    declared.handler(context)
    carry_out(context.effects, key=key, origin=None, incident=incident, by=entry.actor, now=now)


def run_due(now: Clock) -> int:
    """Run what is due in this process, for tests, and return how many entries were tried."""
    return queue.run_due(now) if (queue := queues.find(QUEUE)) is not None else 0
