"""Who comes late into a channel is told what it is about, so that nobody else has to."""

from __future__ import annotations

from html import escape

from slackbot.plugins import EventContext, slack_event


@slack_event("member_joined_channel")
def brief(ctx: EventContext) -> None:
    incident, newcomer = ctx.incident, ctx.actor
    if incident is None or newcomer is None or newcomer.is_bot or newcomer in (incident.reporter, incident.lead):
        return
    lead = f"{incident.lead.name} leads." if incident.lead else "Nobody leads yet."
    ctx.tell(
        newcomer, escape(f"Welcome to {incident.reference} {incident.title}. {lead} {incident.summary}", quote=False)
    )
