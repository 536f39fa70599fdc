"""Tell customer operations who leads, so that they know whom to ask."""

from __future__ import annotations

from incidents import queries
from incidents.models import EntryKind
from slackbot.plugins import IncidentEventContext, escape, incident_event, setting_list

CUSTOMER_OPS = setting_list("CUSTOMER_OPS", help="The e-mail addresses of customer operations, separated by commas.")


@incident_event(EntryKind.LEAD_ASSIGNED)
def tell_customer_operations(ctx: IncidentEventContext) -> None:
    incident, lead = ctx.incident, ctx.incident.lead
    if lead is None or incident.private:
        return
    words = escape(f"{lead.name} leads {incident.reference}: {incident.title}")
    for person in queries.responders().filter(email__in=CUSTOMER_OPS.value):
        ctx.tell(person, f"{words}. Ask them what customers may hear.")


@incident_event(EntryKind.SEVERITY_CHANGED)
def ask_for_a_status_page(ctx: IncidentEventContext) -> None:
    """Ask in the channel. What was critical from the start is asked once the channel is there."""
    severity = ctx.incident.severity
    if severity is not None and severity.key == "critical":
        ctx.post("It is critical: customers will ask. Does the status page say so?", until=[EntryKind.UPDATE_POSTED])
