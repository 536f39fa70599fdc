"""What is critical is made less severe by the person who leads, and by nobody else."""

from __future__ import annotations

from incidents.models import EntryKind
from slackbot.plugins import VetoContext, before_change


@before_change(EntryKind.SEVERITY_CHANGED)
def only_the_lead_lowers_it(ctx: VetoContext) -> str | None:
    severity, lead = ctx.incident.severity, ctx.incident.lead
    if severity is None or severity.key != "critical" or lead in (None, ctx.actor):
        return None
    return "It is critical: ask the person who leads to lower it."
