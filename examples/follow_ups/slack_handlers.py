"""`@incident remind 2h Call the customer` comes back in two hours; and each day, what is open for long is listed."""

from __future__ import annotations

from datetime import timedelta

from incidents import queries
from slackbot.plugins import (
    CommandContext,
    IncidentError,
    LaterContext,
    PeriodicContext,
    escape,
    incident_command,
    mention,
    periodic,
    scheduled_handler,
)


@scheduled_handler()
def remind(ctx: LaterContext) -> None:
    if ctx.incident is None or ctx.actor is None or not ctx.incident.is_open:
        return
    ctx.post(f"⏰ {mention(ctx.actor)} wanted to be reminded: {ctx.data['what']}")


@incident_command("remind", usage="<2h> <what>", help="remind this channel in two hours")
def remind_me(ctx: CommandContext) -> str:
    length, _, what = ctx.text.partition(" ")
    if not what:
        raise IncidentError("What should I remind you of?")
    ctx.later(ctx.now + ctx.duration(length), remind, data={"what": what})
    return "I will remind you."


@periodic(every=timedelta(days=1))
def what_is_open_for_long(ctx: PeriodicContext) -> None:
    opened_before = ctx.now - timedelta(days=1)
    old = queries.open_incidents(queries.SYSTEM).filter(private=False, reported_at__lt=opened_before)
    if lines := [f"• {incident.reference} {escape(incident.title)}" for incident in old]:
        ctx.post("\n".join(["Open for more than a day:", *lines]), channel="#incidents")
