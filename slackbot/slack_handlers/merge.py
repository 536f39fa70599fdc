"""`@incident merge INC-3`: it is the same trouble as another, and people go on there."""

from __future__ import annotations

from incidents import queries, services
from incidents.models import Incident
from slackbot.plugins import CommandContext, arguments, display, incident_command, link, literal

SHOWN = 5


@incident_command(
    "merge",
    usage="<incident>",
    help="mark this incident as a duplicate of another; work continues there",
    asks=lambda text: "Merge {reference}" if text else "",
)
def merge(ctx: CommandContext) -> str | None:
    if not ctx.text:
        return _how(ctx)
    into = arguments.incident(ctx.text.removeprefix("into "), me=ctx.actor)
    services.merge_incident(ctx.incident, into=into, by=ctx.actor, at=ctx.now)
    return None


def _how(ctx: CommandContext) -> str:
    found = queries.open_incidents(ctx.actor).exclude(pk=ctx.incident.pk)
    others, more = list(found[:SHOWN]), found.count() - SHOWN
    if not others:
        return "No other incident is open, so you can't merge this one."
    how = f"Is this a duplicate? Write `@incident merge {others[0].reference}`; work continues there."
    rest = [display.more_open(more)] if more > 0 else []
    return "\n".join([how, *(_line(each) for each in others), *rest])


def _line(incident: Incident) -> str:
    return f"• {link(display.document_url(incident), incident.reference)} {literal(incident.title)}"
