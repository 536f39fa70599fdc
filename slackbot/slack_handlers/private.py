"""`@incident private`: only those who take part see it."""

from __future__ import annotations

from incidents import services
from incidents.models import Incident
from slackbot.arguments import UsageError
from slackbot.plugins import CommandContext, incident_command


@incident_command("private", usage="on", help="show it only to those who take part (`off`: to everybody)")
def private(ctx: CommandContext) -> str | None:
    wish = ctx.text.lower()
    if not wish:
        return _state(ctx.incident)
    if wish in ("off", "no"):
        services.make_public(ctx.incident, by=ctx.actor, at=ctx.now)
        return None
    if wish not in ("on", "yes"):
        raise UsageError("On or off?")
    services.make_private(ctx.incident, by=ctx.actor, at=ctx.now)
    return (
        "The document and the headline are now hidden from everybody who does not take part. Slack lets no app make a "
        "public channel private: an administrator can do that in the channel's settings."
    )


def _state(incident: Incident) -> str:
    if incident.private:
        return "It is private: only those who take part see it. `@incident private off` shows it to everybody."
    return "Everybody sees it. `@incident private on` hides it from all who do not take part."
