"""What the scripted incident asks of a plugin."""

from __future__ import annotations

from incidents import services
from slackbot.plugins import CommandContext, incident_command


@incident_command("network", help="note the state of the network, from a plugin")
def network(ctx: CommandContext) -> None:
    services.add_note(ctx.incident, text=ctx.text, by=ctx.actor, at=ctx.now)
