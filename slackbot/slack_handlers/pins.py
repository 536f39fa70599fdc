"""Pin a message and it is on the timeline."""

from __future__ import annotations

from typing import Final

from incidents import corrections, services
from incidents.models import EntryKind, Incident
from people.actors import System
from slackbot.plugins import EventContext, SaidMessage, events, pin_message, slack_event

NOBODY: Final = System("an event without an actor")


@slack_event(events.PinAdded)
def pin_added(ctx: EventContext[events.PinAdded]) -> None:
    if ctx.incident is not None and ctx.event.message is not None:  # None is a file, or something else
        pin_message(ctx.incident, ctx.event.message, by=ctx.actor, at=ctx.now)


@slack_event(events.MessageEdited, events.MessageDeleted)
def pinned_message_changed(ctx: EventContext) -> None:
    """Follow later edits of what was pinned; a deleted message leaves the page, and stays in history."""
    if ctx.incident is None:
        return
    match ctx.event:
        case events.MessageDeleted(channel_id=channel_id, ts=ts):
            _was_deleted(ctx, ctx.incident, f"{channel_id}:{ts}")
        case events.MessageEdited(message=SaidMessage() as message) if message.is_deleted:
            _was_deleted(ctx, ctx.incident, message.source)
        case events.MessageEdited(message=SaidMessage() as message):
            by = ctx.actor or NOBODY
            services.change_pin(ctx.incident, source=message.source, text=message.markdown, by=by, at=ctx.now)


def _was_deleted(ctx: EventContext, incident: Incident, source: str) -> None:
    """Take the message off the page, and withdraw the notes that were written in it."""
    services.remove_pin(incident, source=source, by=ctx.actor or NOBODY, at=ctx.now, was_deleted=True)
    for note in incident.entries.filter(kind=EntryKind.NOTE_ADDED, data__source=source).order_by("seq"):
        corrections.follow_deleted_message(incident, note=note, at=ctx.now)


@slack_event(events.PinRemoved)
def pin_removed(ctx: EventContext[events.PinRemoved]) -> None:
    if ctx.incident is not None and ctx.event.message is not None:
        services.remove_pin(ctx.incident, source=ctx.event.message.source, by=ctx.actor or NOBODY, at=ctx.now)
