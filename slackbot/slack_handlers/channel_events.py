"""Keep in step with what people do to an incident's channel, and to the one for headlines."""

from __future__ import annotations

from slackbot.directory import moves, workspace
from slackbot.inbound import payloads
from slackbot.outbound import closures
from slackbot.plugins import EventContext, slack_event


@slack_event("channel_rename", headlines=True)
def renamed(ctx: EventContext) -> None:
    _follow(ctx)


@slack_event("group_rename", headlines=True)
def private_channel_renamed(ctx: EventContext) -> None:
    _follow(ctx)


@slack_event("channel_archive", headlines=True)
def archived(ctx: EventContext) -> None:
    _close(ctx, closures.ARCHIVED)


@slack_event("group_archive", headlines=True)
def private_channel_archived(ctx: EventContext) -> None:
    _close(ctx, closures.ARCHIVED)


@slack_event("channel_deleted", headlines=True)
def deleted(ctx: EventContext) -> None:
    _close(ctx, closures.DELETED)


@slack_event("group_deleted", headlines=True)
def private_channel_deleted(ctx: EventContext) -> None:
    _close(ctx, closures.DELETED)


@slack_event("channel_unarchive", headlines=True)
def unarchived(ctx: EventContext) -> None:
    _look(ctx)


@slack_event("group_unarchive", headlines=True)
def private_channel_unarchived(ctx: EventContext) -> None:
    _look(ctx)


@slack_event("channel_id_changed", anywhere=True)
def id_changed(ctx: EventContext) -> None:
    """Follow a channel that was shared with another workspace, or is no longer."""
    old, new = ctx.event.get("old_channel_id"), ctx.event.get("new_channel_id")
    if isinstance(old, str) and isinstance(new, str) and old and new:
        moves.move(old, new)


def _follow(ctx: EventContext) -> None:
    channel = ctx.event["channel"]
    if workspace.is_for_headlines(channel["id"]):
        workspace.look_again(now=ctx.now)
    if ctx.incident is not None:
        moves.rename(ctx.incident, channel["id"], str(channel["name"]))


def _close(ctx: EventContext, as_: str) -> None:
    if workspace.is_for_headlines(payloads.channel_of(ctx.event)):
        workspace.look_again(now=ctx.now)
    if ctx.incident is not None:
        closures.close(ctx.incident, as_, now=ctx.now)


def _look(ctx: EventContext) -> None:
    """Ask Slack: we may not be in the channel, though anybody may post there again."""
    if workspace.is_for_headlines(payloads.channel_of(ctx.event)):
        workspace.look_again(now=ctx.now)
    if ctx.incident is not None:
        closures.look(ctx.incident, now=ctx.now)
