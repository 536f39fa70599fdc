"""The Home tab: what is open, and what is mine."""

from __future__ import annotations

from slackbot.inbound.payloads import actor_of
from slackbot.outbound.deliveries.home import draw_home
from slackbot.plugins import EventContext, slack_event


@slack_event("app_home_opened", anywhere=True)
def opened(ctx: EventContext) -> None:
    if ctx.event.get("tab", "home") == "home":
        draw_home(actor_of(ctx.event), now=ctx.now)
