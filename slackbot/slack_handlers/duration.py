"""`@incident duration`: how long it has lasted, or when it really began."""

from __future__ import annotations

from incidents import services
from slackbot.kit import arguments
from slackbot.plugins import CommandContext, incident_command
from slackbot.rendering.render import length_words, slack_time
from slackbot.slack_handlers import change


@incident_command("duration", usage="since 14:05", help="how long it has lasted; `since` and a time: when it began")
def duration(ctx: CommandContext) -> str | None:
    if ctx.text:
        words = ctx.text.removeprefix("since").strip()
        began = arguments.began(words, me=ctx.actor, now=ctx.now)
        services.correct_start(ctx.incident, to=began, by=ctx.actor, at=ctx.now)
        return f"It began {slack_time(began)}."
    length = length_words(ctx.incident.duration(ctx.now))
    lasted = "It has lasted" if ctx.incident.is_open else "It lasted"
    change.show(ctx, "started_at", f"{lasted} {length}, since {slack_time(ctx.incident.started_at)}.")
    return None
