"""The Home tab: what is open, and what is mine."""

from __future__ import annotations

from slackbot import outgoing
from slackbot.incoming import actor_of
from slackbot.plugins import EventContext, slack_event


@slack_event("app_home_opened", anywhere=True)
def opened(ctx: EventContext) -> None:
    if ctx.event.get("tab", "home") == "home":
        outgoing.draw_home(actor_of(ctx.event), now=ctx.now)
