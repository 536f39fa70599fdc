"""Those who run Response switch off what an incident can do without, from where they are when everything burns."""

from __future__ import annotations

from django.conf import settings

from incidents.errors import IncidentError
from incidents.models import Person
from slackbot import switches
from slackbot.arguments import UsageError
from slackbot.mrkdwn import escape
from slackbot.plugins import CommandContext, incident_command

DOOR = "Slack"


@incident_command(
    "operate",
    usage="off tier-2 why",
    help="for those who run Response: switch off what waits best, and `on` again (alone: every switch)",
    anywhere=True,
)
def operate(ctx: CommandContext) -> str:
    to, _, rest = ctx.text.partition(" ")
    key, _, why = rest.strip().partition(" ")
    if not to:
        return "\n".join(_line(position) for position in switches.positions())
    if to not in ("on", "off") or not key:
        raise UsageError(f"Which switch? There are: {', '.join(switches.names())}.")
    if not _may_operate(ctx.actor):
        raise IncidentError("Only those who run Response may do that: people whose account on the web is staff.")
    if to == "off":
        switches.turn_off(key, by=ctx.actor, door=DOOR, why=why.strip(), at=ctx.now)
    else:
        switches.turn_on(key, by=ctx.actor, door=DOOR, at=ctx.now)
    return f"`{key}` is {to}."


def _may_operate(person: Person) -> bool:
    return settings.SANDBOX or bool(person.login and person.login.is_active and person.login.is_staff)


def _line(position: switches.Position) -> str:
    if not position.is_off:
        return f"• `{position.key}` is on: {escape(position.name)}"
    why = f" ({escape(position.why)})" if position.why else ""
    return f"• `{position.key}` is *off*: {escape(position.name)}{why}"
