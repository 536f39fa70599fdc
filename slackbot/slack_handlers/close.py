"""The end of an incident, and its return."""

from __future__ import annotations

from incidents import fields, services
from incidents.fields import CustomField
from incidents.models import EntryKind, Incident, Status
from slackbot import limits
from slackbot.mrkdwn import link
from slackbot.people import markdown
from slackbot.plugins import (
    ActionContext,
    Button,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentError,
    IncidentEventContext,
    Paragraph,
    action_handler,
    dialog_handler,
    headline_action,
    incident_command,
    incident_event,
)
from slackbot.render import DOCUMENT, document_url
from slackbot.slack_handlers.fields import answers, questions_that_must_be_answered
from slackbot.words import Mrkdwn, sentence

CLOSE = "close-incident"
SAY_FIRST = "say-and-close-incident"
REOPEN = "reopen-incident"
LAST_UPDATE = "last_update"
CLOSE_BUTTON = sentence("button.close", "✅ Close", limit=limits.BUTTON)
REOPEN_BUTTON = sentence("button.reopen", "🔁 Reopen", limit=limits.BUTTON)
COMPLETE = sentence(
    "resolved.complete_the_document",
    "✅ {reference} *{title}* is resolved. Please complete the {document} while memory is fresh: "
    "what happened, who was affected, what helped.",
)


@headline_action(order=300)
def close_button(incident: Incident) -> Button | None:
    return Button(text=CLOSE_BUTTON.plain(), action_id=CLOSE) if incident.is_open else None


@headline_action(order=300)
def reopen_button(incident: Incident) -> Button | None:
    return None if incident.is_open else Button(text=REOPEN_BUTTON.plain(), action_id=REOPEN)


@action_handler(CLOSE)
def close_clicked(ctx: ActionContext) -> None:
    _close(ctx, last_words="")


@action_handler(REOPEN)
def reopen_clicked(ctx: ActionContext) -> None:
    services.reopen_incident(ctx.incident, by=ctx.actor, at=ctx.now)


@incident_command(
    "close", "resolve", "resolved", usage="text", help="the incident is over; a text is told as its last update"
)
def close(ctx: CommandContext) -> None:
    _close(ctx, last_words=markdown(ctx.text))


def _close(ctx: ActionContext | CommandContext, *, last_words: str) -> None:
    """Close it, or ask first for what must be said before."""
    missing = fields.registry.needed_to_close(ctx.incident.field_values)
    if missing and ctx.incident.is_open:
        ctx.open_dialog(_say_first(ctx.incident, missing, last_words=last_words))
        return
    _tell(ctx, ctx.incident, last_words)
    services.resolve_incident(ctx.incident, by=ctx.actor, at=ctx.now)


def _tell(ctx: ActionContext | CommandContext | DialogContext, incident: Incident, words: str) -> None:
    if words:
        services.post_update(incident, text=words, by=ctx.actor, at=ctx.now)


def _say_first(incident: Incident, missing: list[CustomField], *, last_words: str) -> Dialog:
    last_update = Paragraph(name=LAST_UPDATE, label="Last update", value=last_words, optional=True)
    return Dialog(
        id=SAY_FIRST,
        title=f"Close {incident.reference}",
        submit="Close it",
        fields=[*questions_that_must_be_answered(missing), *([last_update] if last_words else [])],
        incident_number=incident.number,
        state={"seen": services.fingerprint(incident)},
    )


@dialog_handler(SAY_FIRST)
def said_and_closed(ctx: DialogContext) -> None:
    if ctx.incident is None:
        raise IncidentError("This form has lost its incident. Please open it again.")
    _tell(ctx, ctx.incident, ctx.text(LAST_UPDATE))
    wanted: services.Edits = {"status": Status.RESOLVED, "fields": answers(ctx)}
    services.edit_incident(ctx.incident, wanted=wanted, seen=ctx.state["seen"], by=ctx.actor, at=ctx.now)


@incident_command("cancel", usage="text", help="it was none: a false alarm, or declared by mistake")
def cancel(ctx: CommandContext) -> None:
    _tell(ctx, ctx.incident, markdown(ctx.text))
    services.cancel_incident(ctx.incident, by=ctx.actor, at=ctx.now)


@incident_command("reopen", usage="text", help="it is not over after all; a text is told as an update")
def reopen(ctx: CommandContext) -> None:
    services.reopen_incident(ctx.incident, by=ctx.actor, at=ctx.now)
    _tell(ctx, ctx.incident, markdown(ctx.text))


@incident_event(EntryKind.RESOLVED)
def ask_for_the_document(ctx: IncidentEventContext) -> None:
    """Ask the lead, or who reported it when there is none, to complete the document while memory is fresh."""
    incident = ctx.incident
    document = Mrkdwn(link(document_url(incident), DOCUMENT.plain()))
    words = COMPLETE(reference=incident.reference, title=incident.title, document=document)
    ctx.tell(incident.lead or incident.reporter, words)
