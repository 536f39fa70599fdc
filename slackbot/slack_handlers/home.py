"""The Home tab: what is open, and what is mine."""

from __future__ import annotations

from slackbot.plugins import EventContext, events, slack_event


@slack_event(events.AppHomeOpened, anywhere=True)
def opened(ctx: EventContext[events.AppHomeOpened]) -> None:
    if ctx.event.tab == "home" and ctx.actor is not None:
        ctx.redraw_home(ctx.actor)
