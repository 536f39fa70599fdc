"""Put things on the timeline: by command, by a reaction, by a message's menu."""

from __future__ import annotations

from incidents import services
from incidents.emoji import without_tone
from incidents.models import Activity, Pin
from slackbot.plugins import (
    ActionContext,
    CommandContext,
    EventContext,
    IncidentError,
    action_handler,
    arguments,
    events,
    incident_command,
    markdown,
    slack_event,
    timeline_emoji,
)

SHORTCUT = "add-to-timeline"


@incident_command(
    "timeline", "note", usage="[time] <text>", help="add a note to the timeline; an optional time says when it happened"
)
def timeline(ctx: CommandContext) -> None:
    happened_at, text = arguments.time_and_text(ctx.text, me=ctx.actor, now=ctx.now)
    services.add_note(
        ctx.incident,
        text=markdown(text),
        by=ctx.actor,
        at=ctx.now,
        happened_at=happened_at,
        source=ctx.question,
    )


@slack_event(events.ReactionAdded)
def reacted(ctx: EventContext[events.ReactionAdded]) -> None:
    """Keep a message to which somebody reacts with the deployment's emoji."""
    if ctx.incident is not None and ctx.actor is not None:
        services.record_activity(ctx.incident, person=ctx.actor, kind=Activity.Kind.REACTION, at=ctx.now)
    is_wanted = without_tone(ctx.event.reaction) == without_tone(timeline_emoji())
    if ctx.incident is not None and is_wanted and ctx.event.ts:
        ctx.keep_message(ctx.event.channel_id, ctx.event.ts)


@action_handler(SHORTCUT)
def chosen_from_the_menu(ctx: ActionContext) -> str:
    if ctx.message is None or ctx.incident_or_none is None:
        raise IncidentError("Use this on a message in an incident channel.")
    ctx.keep_message(ctx.message.channel_id, ctx.message.ts, how=Pin.MENU)
    return f"📌 The message is on the timeline of {ctx.incident.reference}."
