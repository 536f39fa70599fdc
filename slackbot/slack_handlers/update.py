"""`@incident update …`: tell everybody how it stands."""

from __future__ import annotations

from incidents import services
from slackbot.arguments import UsageError
from slackbot.people import markdown
from slackbot.plugins import CommandContext, incident_command


@incident_command(
    "update", usage="text", help="tell everybody how it stands: in the headline, its thread and the document"
)
def update(ctx: CommandContext) -> None:
    if not ctx.text:
        raise UsageError("What is new?")
    services.post_update(ctx.incident, text=markdown(ctx.text), by=ctx.actor, at=ctx.now)
