"""Listen for the words that plugins wait for."""

from __future__ import annotations

from slackbot import commands, inbox, incoming, workspace
from slackbot.plugins import EventContext, slack_event
from slackbot.registry import registry
from slackbot.slack_handlers.participants import SAID


@slack_event("message")
def listen(ctx: EventContext) -> None:
    """Hand the message to every keyword handler whose words are in it: not for bots, nor for what is said to us."""
    text, place = str(ctx.event.get("text") or ""), workspace.present()
    said_by_somebody = ctx.actor is not None and not ctx.actor.is_bot and ctx.event.get("subtype") in SAID
    if ctx.incident is None or place is None or not said_by_somebody:
        return
    if commands.said_to(place.bot_user_id, text) is not None:
        return
    channel_id, ts = incoming.channel_of(ctx.event), str(ctx.event["ts"])
    for handler in registry.keywords:
        keyword = handler.find(text)
        if keyword is None:
            continue
        payload = {
            "incident": ctx.incident.pk,
            "user": incoming.actor_of(ctx.event),
            "channel": channel_id,
            "thread_ts": str(ctx.event.get("thread_ts") or ""),
            "keyword": keyword,
            "text": text,
        }
        inbox.hand_over(
            "keyword",
            payload,
            key=f"keyword:{channel_id}:{ts}:{handler.id}",
            order_key=f"{channel_id}:{handler.plugin}",
            handler=handler.id,
            now=ctx.now,
            core=handler.is_built_in,
        )
