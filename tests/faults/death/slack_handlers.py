"""What the scripted incident asks of a plugin."""

from __future__ import annotations

from incidents import services
from slackbot.plugins import CommandContext, incident_command


@incident_command("weather", help="note the weather, from a plugin")
def weather(ctx: CommandContext) -> None:
    services.add_note(ctx.incident, text=ctx.text, by=ctx.actor, at=ctx.now)
