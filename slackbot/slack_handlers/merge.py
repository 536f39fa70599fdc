"""`@incident merge INC-3`: it is the same trouble as another, and people go on there."""

from __future__ import annotations

from incidents import queries, services
from incidents.models import Incident
from slackbot import arguments
from slackbot.mrkdwn import escape, link
from slackbot.plugins import CommandContext, incident_command
from slackbot.render import document_url

SHOWN = 5


@incident_command("merge", usage="INC-3", help="it is the same trouble as another: people go on there")
def merge(ctx: CommandContext) -> str | None:
    if not ctx.text:
        return _how(ctx)
    into = arguments.incident(ctx.text.removeprefix("into "), me=ctx.actor)
    services.merge_incident(ctx.incident, into=into, by=ctx.actor, at=ctx.now)
    return None


def _how(ctx: CommandContext) -> str:
    others = list(queries.open_incidents(ctx.actor).exclude(pk=ctx.incident.pk)[:SHOWN])
    if not others:
        return "No other incident is open that it could be merged into."
    how = f"Is it the same trouble as another? Write `@incident merge {others[0].reference}`, and people go on there."
    return "\n".join([how, *(_line(each) for each in others)])


def _line(incident: Incident) -> str:
    return f"• {link(document_url(incident), incident.reference)} {escape(incident.title)}"
