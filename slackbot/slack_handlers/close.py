"""The end of an incident, and its return."""

from __future__ import annotations

from incidents import services
from incidents.models import EntryKind, Incident
from slackbot.mrkdwn import escape, link
from slackbot.plugins import (
    ActionContext,
    Button,
    CommandContext,
    IncidentEventContext,
    action_handler,
    headline_action,
    incident_command,
    incident_event,
)
from slackbot.render import document_url

CLOSE = "close-incident"
REOPEN = "reopen-incident"


@headline_action(order=300)
def close_button(incident: Incident) -> Button | None:
    return Button(text="✅ Close", action_id=CLOSE) if incident.is_open else None


@headline_action(order=300)
def reopen_button(incident: Incident) -> Button | None:
    return Button(text="🔁 Reopen", action_id=REOPEN) if incident.is_resolved else None


@action_handler(CLOSE)
def close_clicked(ctx: ActionContext) -> None:
    services.resolve_incident(ctx.incident, by=ctx.actor, at=ctx.now)


@action_handler(REOPEN)
def reopen_clicked(ctx: ActionContext) -> None:
    services.reopen_incident(ctx.incident, by=ctx.actor, at=ctx.now)


@incident_command("close", "resolve", "resolved", help="the incident is over")
def close(ctx: CommandContext) -> None:
    services.resolve_incident(ctx.incident, by=ctx.actor, at=ctx.now)


@incident_command("reopen", help="it is not over after all")
def reopen(ctx: CommandContext) -> None:
    services.reopen_incident(ctx.incident, by=ctx.actor, at=ctx.now)


@incident_event(EntryKind.RESOLVED)
def ask_for_the_document(ctx: IncidentEventContext) -> None:
    """Ask the lead, or who reported it when there is none, to complete the document while memory is fresh."""
    incident = ctx.incident
    document = link(document_url(incident), "incident document")
    ctx.tell(
        incident.lead or incident.reporter,
        f"✅ {incident.reference} *{escape(incident.title)}* is resolved. "
        f"Please complete the {document} while memory is fresh: what happened, who was affected, what helped.",
    )
