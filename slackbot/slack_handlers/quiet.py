"""Silence reminders in a channel for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

from incidents.models import Incident
from slackbot.inbound.reminders import QUIET_ACTION
from slackbot.kit.arguments import UsageError
from slackbot.models import CommsChannel
from slackbot.plugins import ActionContext, CommandContext, action_handler, incident_command
from slackbot.rendering.render import slack_time

LONGEST = timedelta(days=7)


@incident_command("quiet", usage="1h", help="no reminders for so long (`off`: remind again)")
def quiet(ctx: CommandContext) -> str:
    if ctx.text.lower() in ("off", "stop", "0"):
        _set(ctx.incident, None)
        return "Reminders are back."
    length = ctx.duration(ctx.text or "1h")
    if length > LONGEST:
        raise UsageError("Reminders can be quiet for a week at most.")
    if not length:
        raise UsageError("That is no time at all. To be reminded again, use `off`.")
    return _until(ctx.incident, ctx.now, length)


@action_handler(QUIET_ACTION)
def quiet_clicked(ctx: ActionContext) -> str:
    return _until(ctx.incident, ctx.now, min(timedelta(minutes=int(ctx.value or 60)), LONGEST))


def _until(incident: Incident, now: datetime, length: timedelta) -> str:
    until = now + length
    _set(incident, until)
    return f"🔕 No reminders here until {slack_time(until)}. `@incident quiet off` brings them back."


def _set(incident: Incident, until: datetime | None) -> None:
    CommsChannel.objects.filter(incident=incident).update(quiet_until=until)
