"""Silence reminders in a channel for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from incidents.models import Incident
from slackbot.plugins import (
    ActionContext,
    CommandContext,
    UsageError,
    action_handler,
    channels,
    display,
    incident_command,
)

LONGEST = timedelta(days=7)


@incident_command(
    "quiet", usage="<duration|off>", help="pause reminders in this channel, for an hour by default; `off` resumes them"
)
def quiet(ctx: CommandContext) -> str:
    if ctx.text.lower() in ("off", "stop", "0"):
        channels.quiet_reminders(ctx.incident, until=None)
        return "Reminders are on again."
    length = ctx.duration(ctx.text or "1h")
    if length > LONGEST:
        raise UsageError("You can pause reminders for a week at most.")
    if not length:
        raise UsageError("The duration can't be zero. To resume reminders, use `off`.")
    return _until(ctx.incident, ctx.now, length)


@action_handler(display.QUIET_REMINDERS)
def quiet_clicked(ctx: ActionContext) -> str:
    return _until(ctx.incident, ctx.now, min(timedelta(minutes=int(ctx.value or 60)), LONGEST))


def _until(incident: Incident, now: datetime, length: timedelta) -> str:
    until = now + length
    channels.quiet_reminders(incident, until=until)
    return f"🔕 Reminders are paused here until {display.slack_time(until)}. `@incident quiet off` resumes them."
