"""Pin a message and it is on the timeline."""

from __future__ import annotations

from incidents import corrections, services
from incidents.models import EntryKind, Incident
from slackbot.api.message_text import is_deleted
from slackbot.inbound.pinning import keep, words_of
from slackbot.plugins import EventContext, slack_event


@slack_event("pin_added")
def pin_added(ctx: EventContext) -> None:
    item = ctx.event.get("item") or {}
    message = item.get("message")
    if ctx.incident is None or not isinstance(message, dict):
        return  # a file, or something else that is no message
    keep(ctx.incident, message, channel_id=str(ctx.event["channel_id"]), by=ctx.actor, now=ctx.now)


@slack_event("message", subtypes=("message_changed", "message_deleted"))
def pinned_message_changed(ctx: EventContext) -> None:
    """Follow later edits of what was pinned; a deleted message leaves the page, and stays in history."""
    if ctx.incident is None:
        return
    channel_id = str(ctx.event.get("channel"))
    if ctx.event.get("subtype") == "message_changed":
        message = ctx.event.get("message") or {}
        source = f"{channel_id}:{message.get('ts')}"
        if is_deleted(message):
            _was_deleted(ctx, ctx.incident, source)
        else:
            services.change_pin(ctx.incident, source=source, text=words_of(message), by=ctx.actor, at=ctx.now)
    elif ctx.event.get("subtype") == "message_deleted":
        _was_deleted(ctx, ctx.incident, f"{channel_id}:{ctx.event.get('deleted_ts')}")


def _was_deleted(ctx: EventContext, incident: Incident, source: str) -> None:
    """Take the message off the page, and withdraw the notes that were written in it."""
    services.remove_pin(incident, source=source, by=ctx.actor, at=ctx.now, was_deleted=True)
    for note in incident.entries.filter(kind=EntryKind.NOTE_ADDED, data__source=source).order_by("seq"):
        corrections.follow_deleted_message(incident, note=note, at=ctx.now)


@slack_event("pin_removed")
def pin_removed(ctx: EventContext) -> None:
    message = (ctx.event.get("item") or {}).get("message") or {}
    if ctx.incident is not None and "ts" in message:
        source = f"{ctx.event['channel_id']}:{message['ts']}"
        services.remove_pin(ctx.incident, source=source, by=ctx.actor, at=ctx.now)
