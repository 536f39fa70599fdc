"""`@incident duration`: how long it has lasted, or when it really began."""

from __future__ import annotations

from incidents import services
from slackbot.plugins import CommandContext, arguments, display, incident_command
from slackbot.slack_handlers import change


@incident_command(
    "duration", usage="since <time>", help="set when the incident began; without a time, show how long it has lasted"
)
def duration(ctx: CommandContext) -> str | None:
    if ctx.text:
        words = ctx.text.removeprefix("since").strip()
        began = arguments.began(words, me=ctx.actor, now=ctx.now)
        services.correct_start(ctx.incident, to=began, by=ctx.actor, at=ctx.now)
        return f"The incident began {display.slack_time(began)}."
    length = display.length_words(ctx.incident.duration(ctx.now))
    lasted = "The incident has lasted" if ctx.incident.is_open else "The incident lasted"
    change.show(ctx, "started_at", f"{lasted} {length}, since {display.slack_time(ctx.incident.started_at)}.")
    return None
