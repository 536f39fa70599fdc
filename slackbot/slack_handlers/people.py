"""Keep people in step with Slack's list: new names, who came, who left."""

from __future__ import annotations

from slackbot.directory.people import keep_user
from slackbot.plugins import EventContext, slack_event


@slack_event("user_change", anywhere=True)
def user_changed(ctx: EventContext) -> None:
    keep_user(ctx.event["user"], now=ctx.now)


@slack_event("team_join", anywhere=True)
def user_joined(ctx: EventContext) -> None:
    keep_user(ctx.event["user"], now=ctx.now)
