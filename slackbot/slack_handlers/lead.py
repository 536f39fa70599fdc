"""`@incident lead @grace`: who decides."""

from __future__ import annotations

from incidents import services
from slackbot.plugins import ActionContext, CommandContext, action_handler, display, incident_command, literal
from slackbot.slack_handlers import change

FORM = "To choose a lead, write `@incident lead @someone` or `@incident lead me`."


@incident_command("lead", usage="@someone", help="make someone the lead; without a name, show the lead")
def lead(ctx: CommandContext) -> None:
    if not ctx.text:
        present = ctx.incident.lead
        now = f"{literal(present.name)} is the lead." if present else "There is no lead yet."
        if present and not present.can_respond:
            now = f"{literal(present.name)} is deactivated, so there is no active lead."
        change.show(ctx, "lead", f"{now} {FORM}")
        return
    services.assign_lead(ctx.incident, to=ctx.person(), by=ctx.actor, at=ctx.now)


@action_handler(display.TAKE_LEAD)
def take_lead_clicked(ctx: ActionContext) -> str | None:
    if ctx.incident.lead == ctx.actor:
        return f"✅ You already lead {ctx.incident.reference}."
    services.take_lead(ctx.incident, by=ctx.actor, at=ctx.now)
    return None
