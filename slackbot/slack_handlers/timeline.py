"""Put things on the timeline: by command, by a reaction, by a message's menu."""

from __future__ import annotations

from incidents import services
from incidents.emoji import without_tone
from incidents.models import Pin
from slackbot.directory.people import markdown
from slackbot.inbound.note_edits import time_and_text
from slackbot.kit import words
from slackbot.outbound.deliveries.keep_message import keep_message
from slackbot.plugins import (
    ActionContext,
    CommandContext,
    EventContext,
    IncidentError,
    action_handler,
    incident_command,
    slack_event,
)

SHORTCUT = "add-to-timeline"


@incident_command("timeline", "note", usage="14:05 text", help="write onto the timeline; the time may be left out")
def timeline(ctx: CommandContext) -> None:
    happened_at, text = time_and_text(ctx.text, by=ctx.actor, now=ctx.now)
    services.add_note(
        ctx.incident,
        text=markdown(text),
        by=ctx.actor,
        at=ctx.now,
        happened_at=happened_at,
        source=ctx.question,
    )


@slack_event("reaction_added")
def reacted(ctx: EventContext) -> None:
    """Keep a message to which somebody reacts with the deployment's emoji."""
    item = ctx.event.get("item") or {}
    reaction = without_tone(str(ctx.event.get("reaction") or ""))
    wanted = without_tone(words.timeline_emoji())
    if ctx.incident is None or reaction != wanted or item.get("type") != "message":
        return
    keep_message(ctx.incident, channel_id=item["channel"], ts=item["ts"], by=ctx.actor, now=ctx.now)


@action_handler(SHORTCUT)
def chosen_from_the_menu(ctx: ActionContext) -> str:
    if ctx.message is None or ctx.incident_or_none is None:
        raise IncidentError("This works on messages in an incident's channel.")
    message = ctx.message
    keep_message(ctx.incident, channel_id=message.channel_id, ts=message.ts, by=ctx.actor, now=ctx.now, how=Pin.MENU)
    return f"📌 It is on the timeline of {ctx.incident.reference}."
