"""Tell customer operations who leads, so that they know whom to ask. CUSTOMER_OPS holds their e-mail addresses."""

from __future__ import annotations

import os

from incidents import queries
from incidents.models import EntryKind
from slackbot.plugins import IncidentEventContext, incident_event


@incident_event(EntryKind.LEAD_ASSIGNED)
def tell_customer_operations(ctx: IncidentEventContext) -> None:
    incident, lead = ctx.incident, ctx.incident.lead
    if lead is None or incident.private:
        return
    for person in queries.responders().filter(email__in=os.environ.get("CUSTOMER_OPS", "").split(",")):
        ctx.tell(
            person, f"{lead.name} leads {incident.reference} *{incident.title}*. Ask them what customers may hear."
        )


@incident_event(EntryKind.SEVERITY_CHANGED, EntryKind.OPENED)
def ask_for_a_status_page(ctx: IncidentEventContext) -> None:
    if ctx.entry.data.get("severity") == "critical":
        ctx.post("It is critical: customers will ask. Does the status page say so?", until=[EntryKind.UPDATE_POSTED])
