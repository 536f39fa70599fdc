"""What people say in an incident's channel: who took part, and the words that plugins wait for."""

from __future__ import annotations

from datetime import timedelta

from incidents import services
from incidents.models import Incident
from slackbot.directory import workspace
from slackbot.inbound import inbox, payloads
from slackbot.kit import commands
from slackbot.kit.registry import registry
from slackbot.plugins import EventContext, slack_event

LATE = timedelta(hours=1)  # by then nobody waits for a plugin's remark

SAID = (None, "file_share", "thread_broadcast", "me_message")


@slack_event("message", subtypes=SAID)
def said(ctx: EventContext) -> None:
    if ctx.incident is not None and ctx.actor is not None and not ctx.actor.is_bot:
        to_us = _is_said_to_us(ctx)
        services.record_participation(ctx.incident, person=ctx.actor, at=ctx.now, messages=0 if to_us else 1)
        if not to_us and float(ctx.event["ts"]) > (ctx.now - LATE).timestamp():
            _offer_to_keywords(ctx, ctx.incident)


def _is_said_to_us(ctx: EventContext) -> bool:
    place = workspace.present()
    return place is not None and commands.said_to(place.bot_user_id, str(ctx.event.get("text") or "")) is not None


def _offer_to_keywords(ctx: EventContext, incident: Incident) -> None:
    """Hand the message to every keyword handler whose words are in it."""
    text = str(ctx.event.get("text") or "")
    channel_id, ts = payloads.channel_of(ctx.event), str(ctx.event["ts"])
    for handler in registry.keywords:
        keyword = handler.find(text)
        if keyword is None:
            continue
        payload = {
            "incident": incident.pk,
            "user": payloads.actor_of(ctx.event),
            "channel": channel_id,
            "thread_ts": str(ctx.event.get("thread_ts") or ""),
            "keyword": keyword,
            "text": text,
            "ts": ts,
        }
        inbox.hand_over(
            "keyword",
            payload,
            key=f"keyword:{channel_id}:{ts}:{handler.id}",
            order_key=inbox.order_of(channel_id, handler),
            handler=handler,
            now=ctx.now,
        )
