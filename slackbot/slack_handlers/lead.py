"""`@incident lead @grace`: who decides."""

from __future__ import annotations

from incidents import services
from incidents.models import Person
from slackbot.mrkdwn import escape, mentioned_users
from slackbot.people import find_people, person_for
from slackbot.plugins import CommandContext, IncidentError, incident_command

FORM = "Write `@incident lead @someone`, or `@incident lead me`."


@incident_command("lead", usage="@someone", help="make them the lead")
def lead(ctx: CommandContext) -> str | None:
    if not ctx.text:
        present = ctx.incident.lead
        return f"{escape(present.name)} leads. {FORM}" if present else f"Nobody leads yet. {FORM}"
    services.assign_lead(ctx.incident, to=_who(ctx), by=ctx.actor, at=ctx.now)
    return None


def _who(ctx: CommandContext) -> Person:
    words = ctx.text.strip()
    if words.lower() in ("me", "myself", "i"):
        return ctx.actor
    mentioned = mentioned_users(words)
    if len(mentioned) > 1:
        raise IncidentError(f"One lead at a time, please. {FORM}")
    if mentioned:
        return person_for(mentioned[0], now=ctx.now)
    if words.startswith("<!subteam"):
        raise IncidentError(f"A group cannot lead: choose one of them. {FORM}")
    found = find_people(words)
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(person.name for person in found[:5])
        raise IncidentError(f"Several people are called that: {names}. {FORM}")
    raise IncidentError(f"I do not know who “{words[:60]}” is. {FORM}")
