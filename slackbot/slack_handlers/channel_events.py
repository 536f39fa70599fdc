"""Keep in step with what people do to an incident's channel."""

from __future__ import annotations

from incidents import services
from incidents.models import Link
from slackbot import workspace
from slackbot.models import CommsChannel
from slackbot.plugins import EventContext, slack_event


@slack_event("channel_rename")
def renamed(ctx: EventContext) -> None:
    channel = ctx.event["channel"]
    name = str(channel["name"])[:80]
    CommsChannel.objects.filter(channel_id=channel["id"]).update(name=name)
    if ctx.incident is not None:
        url = workspace.channel_link(channel["id"])
        services.relabel_link(ctx.incident, kind=Link.CHANNEL, url=url, label=f"#{name}")
