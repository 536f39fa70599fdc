"""`@incident lead @grace`: who decides."""

from __future__ import annotations

from incidents import services
from slackbot.mrkdwn import escape
from slackbot.plugins import CommandContext, incident_command
from slackbot.slack_handlers import change

FORM = "Write `@incident lead @someone`, or `@incident lead me`."


@incident_command("lead", usage="@someone", help="make them the lead")
def lead(ctx: CommandContext) -> None:
    if not ctx.text:
        present = ctx.incident.lead
        change.show(ctx, "lead", f"{escape(present.name)} leads. {FORM}" if present else f"Nobody leads yet. {FORM}")
        return
    services.assign_lead(ctx.incident, to=ctx.person(), by=ctx.actor, at=ctx.now)
