"""`@incident private`: only those who take part see it."""

from __future__ import annotations

from incidents import services
from slackbot.plugins import CommandContext, incident_command


@incident_command("private", usage="on", help="show it only to those who take part (`off`: to everybody)")
def private(ctx: CommandContext) -> str | None:
    if ctx.text.lower() in ("off", "no"):
        services.make_public(ctx.incident, by=ctx.actor, at=ctx.now)
        return None
    services.make_private(ctx.incident, by=ctx.actor, at=ctx.now)
    return (
        "The document and the headline are now hidden from everybody who does not take part. Slack lets no app make a "
        "public channel private: an administrator can do that in the channel's settings."
    )
