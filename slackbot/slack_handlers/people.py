"""Keep people in step with Slack's list: new names, who came, who left."""

from __future__ import annotations

from slackbot.directory.people import keep_user
from slackbot.plugins import EventContext, events, slack_event


@slack_event(events.UserChanged, anywhere=True)
def user_changed(ctx: EventContext[events.UserChanged]) -> None:
    keep_user(ctx.event.user, now=ctx.now)


@slack_event(events.UserJoined, anywhere=True)
def user_joined(ctx: EventContext[events.UserJoined]) -> None:
    keep_user(ctx.event.user, now=ctx.now)
