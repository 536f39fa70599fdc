"""Keep in step with what people do to an incident's channel, and to the one for headlines."""

from __future__ import annotations

from typing import Any

from slackbot.directory import moves, workspace
from slackbot.outbound import closures
from slackbot.plugins import EventContext, events, slack_event


@slack_event(events.ChannelRenamed, headlines=True)
def renamed(ctx: EventContext[events.ChannelRenamed]) -> None:
    _look_at_headlines(ctx)
    if ctx.incident is not None:
        moves.rename(ctx.incident, ctx.event.channel_id, ctx.event.name)


@slack_event(events.ChannelArchived, headlines=True)
def archived(ctx: EventContext[events.ChannelArchived]) -> None:
    _look_at_headlines(ctx)
    if ctx.incident is not None:
        closures.close(ctx.incident, closures.ARCHIVED, now=ctx.now)


@slack_event(events.ChannelDeleted, headlines=True)
def deleted(ctx: EventContext[events.ChannelDeleted]) -> None:
    _look_at_headlines(ctx)
    if ctx.incident is not None:
        closures.close(ctx.incident, closures.DELETED, now=ctx.now)


@slack_event(events.ChannelUnarchived, headlines=True)
def unarchived(ctx: EventContext[events.ChannelUnarchived]) -> None:
    """Ask Slack: we may not be in the channel, though anybody may post there again."""
    _look_at_headlines(ctx)
    if ctx.incident is not None:
        closures.look(ctx.incident, now=ctx.now)


@slack_event(events.ChannelIdChanged, anywhere=True)
def id_changed(ctx: EventContext[events.ChannelIdChanged]) -> None:
    """Follow a channel that was shared with another workspace, or is no longer."""
    if ctx.event.old_id and ctx.event.new_id:
        moves.move(ctx.event.old_id, ctx.event.new_id)


def _look_at_headlines(ctx: EventContext[Any]) -> None:
    if workspace.is_for_headlines(ctx.event.channel_id):
        workspace.look_again(now=ctx.now)
