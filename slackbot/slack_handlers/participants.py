"""Who took part: who came into the channel, and who said how much."""

from __future__ import annotations

from incidents import services
from slackbot.plugins import EventContext, slack_event

SAID = (None, "file_share", "thread_broadcast", "me_message")


@slack_event("message")
def message(ctx: EventContext) -> None:
    if ctx.incident is not None and ctx.actor is not None and not ctx.actor.is_bot and ctx.event.get("subtype") in SAID:
        services.record_participation(ctx.incident, person=ctx.actor, at=ctx.now, messages=1)


@slack_event("member_joined_channel")
def joined(ctx: EventContext) -> None:
    if ctx.incident is not None and ctx.actor is not None and not ctx.actor.is_bot:
        services.record_participation(ctx.incident, person=ctx.actor, at=ctx.now)
