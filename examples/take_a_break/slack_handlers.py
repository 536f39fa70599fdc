"""Long incidents make tired people, and tired people make mistakes."""

from __future__ import annotations

from datetime import time, timedelta

from incidents.models import EntryKind
from slackbot.plugins import (
    SKIP,
    NotificationContext,
    Skip,
    WorkingHours,
    recurring_notification,
    single_notification,
)


@recurring_notification(every=timedelta(hours=2), times=4)
def take_a_break(ctx: NotificationContext) -> Skip | None:
    if ctx.incident.participants.count() < 2:
        return SKIP
    ctx.post(f"☕ {2 * ctx.turn} hours on this. Eat something, and hand over: `@incident lead @someone`")
    return None


@single_notification(after=timedelta(hours=8), hours=WorkingHours(time(9), time(17), time_zone="Europe/London"))
def ask_for_help(ctx: NotificationContext) -> Skip | None:
    ctx.post("This has lasted a working day. Who can take over?", until=[EntryKind.LEAD_ASSIGNED, *EntryKind.endings()])
    return None
