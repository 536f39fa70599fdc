"""Put things on the timeline: by command, by a reaction, by a message's menu."""

from __future__ import annotations

import re
from datetime import datetime

from incidents import services
from slackbot import outgoing, words
from slackbot.arguments import CLOCK, UsageError, latest_past
from slackbot.people import markdown
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
_ENDS = r"(?=[\s,\u2013-]|[:.](?!\d)|$)"
CLOCK_IN_FRONT = re.compile(CLOCK.pattern + _ENDS, re.IGNORECASE)
LIKE_A_CLOCK = re.compile(r"\d+(?::\d\d+)+" + _ENDS)


@incident_command("timeline", "note", usage="14:05 text", help="write onto the timeline; the time may be left out")
def timeline(ctx: CommandContext) -> None:
    happened_at, text = _time_and_text(ctx)
    services.add_note(ctx.incident, text=markdown(text), by=ctx.actor, at=ctx.now, happened_at=happened_at)


def _time_and_text(ctx: CommandContext) -> tuple[datetime | None, str]:
    """Read an optional time of day in front; one that is still to come was yesterday's."""
    clock = CLOCK_IN_FRONT.match(ctx.text)
    if clock is None and (unread := LIKE_A_CLOCK.match(ctx.text)):
        raise UsageError(f"I cannot read “{unread[0]}” as a time of day.")
    text = ctx.text[clock.end() :].strip(" :,-") if clock else ctx.text
    if not text:
        raise UsageError("What happened?")
    if clock is None:
        return None, text
    return latest_past(ctx.moment(clock[0]), now=ctx.now), text


@slack_event("reaction_added")
def reacted(ctx: EventContext) -> None:
    """Keep a message to which somebody reacts with the deployment's emoji."""
    item = ctx.event.get("item") or {}
    if ctx.incident is None or ctx.event.get("reaction") != words.timeline_emoji() or item.get("type") != "message":
        return
    outgoing.keep_message(ctx.incident, channel_id=item["channel"], ts=item["ts"], by=ctx.actor, now=ctx.now)


@action_handler(SHORTCUT)
def chosen_from_the_menu(ctx: ActionContext) -> str:
    if ctx.message is None or ctx.incident_or_none is None:
        raise IncidentError("This works on messages in an incident's channel.")
    message = ctx.message
    outgoing.keep_message(ctx.incident, channel_id=message.channel_id, ts=message.ts, by=ctx.actor, now=ctx.now)
    return f"📌 It is on the timeline of {ctx.incident.reference}."
