"""Tell customer operations who leads, so that they know whom to ask. CUSTOMER_OPS holds their e-mail addresses."""

from __future__ import annotations

import os

from incidents import queries
from incidents.models import EntryKind, Link
from slackbot.plugins import IncidentEventContext, escape, incident_event


@incident_event(EntryKind.LEAD_ASSIGNED)
def tell_customer_operations(ctx: IncidentEventContext) -> None:
    incident, lead = ctx.incident, ctx.incident.lead
    if lead is None or incident.private:
        return
    words = escape(f"{lead.name} leads {incident.reference}: {incident.title}")
    for person in queries.responders().filter(email__in=os.environ.get("CUSTOMER_OPS", "").split(",")):
        ctx.tell(person, f"{words}. Ask them what customers may hear.")


@incident_event(EntryKind.SEVERITY_CHANGED)
def severity_changed(ctx: IncidentEventContext) -> None:
    ask_for_a_status_page(ctx)


@incident_event(EntryKind.LINK_ADDED)
def channel_made(ctx: IncidentEventContext) -> None:
    """What was critical from the start is asked when there is a channel to ask in."""
    if ctx.entry.data["kind"] == Link.CHANNEL:
        ask_for_a_status_page(ctx)


def ask_for_a_status_page(ctx: IncidentEventContext) -> None:
    severity = ctx.incident.severity
    if severity is not None and severity.key == "critical":
        ctx.post("It is critical: customers will ask. Does the status page say so?", until=[EntryKind.UPDATE_POSTED])
