"""`@incident severity major`: how bad it is."""

from __future__ import annotations

from incidents import queries, services
from slackbot.plugins import CommandContext, incident_command, literal
from slackbot.slack_handlers import change


def _usage() -> str:
    return f"<{'|'.join(each.key for each in queries.severities())}>"


@incident_command("severity", "sev", usage=_usage, help="set the severity; without a value, show it")
def severity(ctx: CommandContext) -> None:
    if not ctx.text:
        present = ctx.incident.severity
        now = f"The severity is {literal(present.label)}. To change" if present else "No severity is set. To set"
        change.show(ctx, "severity", f"{now} it, {_choices()}")
        return
    services.set_severity(ctx.incident, to=ctx.severity(), by=ctx.actor, at=ctx.now)


def _choices() -> str:
    names = ", ".join(f"`{each.key}`" for each in queries.severities())
    return f"write `@incident severity` and one of {names}."
