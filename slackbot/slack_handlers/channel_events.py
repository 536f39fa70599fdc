"""Keep in step with what people do to an incident's channel."""

from __future__ import annotations

from slackbot.models import CommsChannel
from slackbot.plugins import EventContext, slack_event


@slack_event("channel_rename")
def renamed(ctx: EventContext) -> None:
    channel = ctx.event["channel"]
    CommsChannel.objects.filter(channel_id=channel["id"]).update(name=str(channel["name"])[:80])
