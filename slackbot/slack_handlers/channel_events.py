"""Keep in step with what people do to an incident's channel, and to the one for headlines."""

from __future__ import annotations

from slackbot.directory import moves
from slackbot.outbound import closures, headline_channel
from slackbot.plugins import EventContext, events, slack_event


@slack_event(events.ChannelRenamed, headlines=True)
def renamed(ctx: EventContext[events.ChannelRenamed]) -> None:
    headline_channel.note_change(ctx.event.channel_id, now=ctx.now)
    if ctx.incident is not None:
        moves.rename(ctx.incident, ctx.event.channel_id, ctx.event.name)


@slack_event(events.ChannelArchived, headlines=True)
def archived(ctx: EventContext[events.ChannelArchived]) -> None:
    headline_channel.note_change(ctx.event.channel_id, now=ctx.now)
    if ctx.incident is not None:
        closures.close(ctx.incident, closures.ARCHIVED, now=ctx.now)


@slack_event(events.ChannelDeleted, headlines=True)
def deleted(ctx: EventContext[events.ChannelDeleted]) -> None:
    headline_channel.note_change(ctx.event.channel_id, now=ctx.now)
    if ctx.incident is not None:
        closures.close(ctx.incident, closures.DELETED, now=ctx.now)


@slack_event(events.ChannelUnarchived, headlines=True)
def unarchived(ctx: EventContext[events.ChannelUnarchived]) -> None:
    """Ask Slack: we may not be in the channel, though anybody may post there again."""
    headline_channel.note_change(ctx.event.channel_id, now=ctx.now)
    if ctx.incident is not None:
        closures.look(ctx.incident, now=ctx.now)


@slack_event(events.ChannelIdChanged, anywhere=True)
def id_changed(ctx: EventContext[events.ChannelIdChanged]) -> None:
    """Follow a channel that was shared with another workspace, or is no longer."""
    if ctx.event.old_id and ctx.event.new_id:
        moves.move(ctx.event.old_id, ctx.event.new_id)
