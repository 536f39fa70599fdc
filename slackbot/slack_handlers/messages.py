"""What people say in an incident's channel: who took part, and the words that plugins wait for."""

from __future__ import annotations

from incidents import services
from incidents.models import Activity
from slackbot.inbound import keywords
from slackbot.plugins import EventContext, events, slack_event


@slack_event(events.MessagePosted, extra=True)  # it counts who took part
def said(ctx: EventContext[events.MessagePosted]) -> None:
    if ctx.incident is not None and ctx.actor is not None and not ctx.actor.is_bot:
        to_us = ctx.event.is_for_us
        services.record_participation(
            ctx.incident,
            person=ctx.actor,
            at=ctx.now,
            messages=0 if to_us else 1,
            sign=None if to_us else Activity.Kind.MESSAGE,  # what is said to us is a command
        )
        if not to_us:
            keywords.offer(ctx.event, ctx.incident, now=ctx.now)
