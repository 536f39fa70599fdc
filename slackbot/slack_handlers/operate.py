"""Those who run Response switch off what an incident can do without, from where they are when everything burns."""

from __future__ import annotations

from jobs import switches
from jobs.errors import NotPossible
from people.access import OPERATE, check, may
from slackbot.plugins import CommandContext, IncidentError, UsageError, arguments, escape, incident_command

DOOR = "Slack"


@incident_command(
    "operate",
    usage="<on|off> <switch> [reason]",
    help="for operators: disable a part of Response, or enable it again; without a switch, list all switches",
    anywhere=True,
)
def operate(ctx: CommandContext) -> str:
    to, _, rest = ctx.text.partition(" ")
    key, _, why = rest.strip().partition(" ")
    is_read = not to or (to in ("on", "off") and bool(key))
    if not is_read and not may(ctx.actor, OPERATE):
        raise UsageError("Name a switch.")
    check(ctx.actor, OPERATE)
    if not to:
        return "\n".join(_line(position) for position in switches.positions())
    if not is_read:
        raise UsageError(
            f"Write `on` or `off` and a switch, instead of “{arguments.as_said(ctx.text)}”. "
            f"The switches are: {', '.join(switches.names())}."
        )
    if to == "on" and why.strip():
        raise UsageError(f"`on` takes only a switch, but you wrote “{arguments.as_said(why)}” after it.")
    try:
        if to == "off":
            switches.turn_off(key, by=ctx.actor, door=DOOR, why=why.strip(), at=ctx.now)
        else:
            switches.turn_on(key, by=ctx.actor, door=DOOR, at=ctx.now)
    except NotPossible as refusal:
        raise IncidentError(refusal.message) from refusal
    return f"`{key}` is {to}."


def _line(position: switches.Position) -> str:
    if not position.is_off:
        return f"• `{position.key}` is on: {escape(position.name)}"
    why = f" ({escape(position.why)})" if position.why else ""
    return f"• `{position.key}` is *off*: {escape(position.name)}{why}"
