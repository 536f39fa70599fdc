"""The end of an incident, and its return."""

from __future__ import annotations

from slack_sdk.models.blocks import MarkdownTextObject, SectionBlock

from incidents import fields, queries, services
from incidents.models import Action, EntryKind, Incident
from people.errors import Unchanged
from slackbot.plugins import (
    ActionContext,
    Button,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentError,
    IncidentEventContext,
    Mrkdwn,
    Prose,
    action_handler,
    dialog_handler,
    display,
    from_markdown,
    headline_action,
    incident_command,
    incident_event,
    limits,
    link,
    literal,
    markdown,
    sentence,
)
from slackbot.slack_handlers.fields import answers, questions_that_must_be_answered

RESOLVE = "resolve-incident"
REOPEN = "reopen-incident"
FINAL_UPDATE = "final_update"
SHOWN = 10  # action items in the dialog
LETTERS = 150  # of each
RESOLVE_BUTTON = sentence("button.resolve", "✅ Resolve", limit=limits.BUTTON)
ASK_BUTTON = sentence("button.ask_to_resolve", "✅ Resolve {reference}…", limit=limits.BUTTON)
ASK = sentence("resolve.ask", "Resolve {reference} *{title}*?")
NOTHING_OPEN = sentence("resolve.nothing_open", "No action items are open.")
FINAL_HINT = sentence(
    "resolve.final_hint",
    "Describe how it ended. Without a final update, the headline and the document stop showing the latest update.",
    limit=limits.HINT,
)
REOPEN_BUTTON = sentence("button.reopen", "🔁 Reopen", limit=limits.BUTTON)
COMPLETE = sentence(
    "resolved.complete_the_document",
    "✅ {reference} *{title}* is resolved. Please complete the {document} while the details are fresh in your mind: "
    "what happened, who was affected, what helped.",
)


@headline_action(order=300)
def resolve_button(incident: Incident) -> Button | None:
    return Button(text=RESOLVE_BUTTON.plain(), action_id=RESOLVE) if incident.is_open else None


@headline_action(order=300)
def reopen_button(incident: Incident) -> Button | None:
    return None if incident.is_open else Button(text=REOPEN_BUTTON.plain(), action_id=REOPEN)


@action_handler(RESOLVE)
def resolve_clicked(ctx: ActionContext) -> None:
    if not ctx.incident.is_open:
        services.resolve_incident(ctx.incident, by=ctx.actor, at=ctx.now)  # says why not
    ctx.open_dialog(resolve_dialog(ctx.incident))


@action_handler(REOPEN)
def reopen_clicked(ctx: ActionContext) -> None:
    services.reopen_incident(ctx.incident, by=ctx.actor, at=ctx.now)


@incident_command(
    "resolve",
    "close",
    "resolved",
    usage="[text]",
    help="resolve the incident; the text becomes the final update. "
    "Without text, or if action items are open, Response asks you first",
    asks=lambda _text: "Resolve {reference}",
)
def resolve(ctx: CommandContext) -> None:
    """Resolve it if there is a final update and nothing is left open; otherwise ask."""
    incident, words = ctx.incident, markdown(ctx.text)
    if incident.is_resolved and not words:
        raise Unchanged(f"{incident.reference} is already resolved.")
    if not incident.is_open or (words and not _is_unfinished(incident)):
        services.resolve_incident(incident, by=ctx.actor, at=ctx.now, final_update=words)
        return
    ask_to_resolve(ctx, final_update=words)


def ask_to_resolve(ctx: CommandContext, *, final_update: str = "") -> None:
    """Ask in a dialog: show what is still open, and offer a final update."""
    incident = ctx.incident
    count = queries.open_actions(incident).count()
    items = f" {count} action item{'s are' if count > 1 else ' is'} still open." if count else ""
    text = ASK(reference=incident.reference, title=incident.title) + items
    dialog = resolve_dialog(incident, final_update=final_update, question=ctx.question)
    ctx.ask_in(dialog, text, button=ASK_BUTTON.plain(reference=incident.reference))


def resolve_dialog(incident: Incident, *, final_update: str = "", question: str = "") -> Dialog:
    missing = fields.registry.needed_to_resolve(incident.field_values)
    final = Prose(name=FINAL_UPDATE, label="Final update", value=final_update, hint=FINAL_HINT.plain(), optional=True)
    return Dialog(
        id=RESOLVE,
        title=f"Resolve {incident.reference}",
        submit="Resolve",
        intro=[SectionBlock(text=MarkdownTextObject(text=limits.cut(_left_open(incident), limits.SECTION)))],
        fields=[*questions_that_must_be_answered(missing), final],
        incident_number=incident.number,
        state={"question": question},
    )


def _is_unfinished(incident: Incident) -> bool:
    missing = fields.registry.needed_to_resolve(incident.field_values)
    return bool(missing) or queries.open_actions(incident).exists()


def _left_open(incident: Incident) -> str:
    """Name the action items that are still open, the urgent first."""
    found, count = list(queries.open_actions(incident)[:SHOWN]), queries.open_actions(incident).count()
    if not found:
        return NOTHING_OPEN()
    lines = [f"*{count} action item{'s are' if count > 1 else ' is'} still open:*"]
    lines += [_line(action) for action in found]
    if count > len(found):
        document = link(display.document_url(incident), display.DOCUMENT.plain())
        lines.append(f"… and {count - len(found)} more in the {document}")
    return "\n".join(lines)


def _line(action: Action) -> str:
    owner = literal(action.owner.name) if action.owner else "no owner"
    return f"• {limits.cut(' '.join(from_markdown(action.text).split()), LETTERS)} · {owner}"


@dialog_handler(RESOLVE)
def resolved_in_the_dialog(ctx: DialogContext) -> None:
    if ctx.incident is None:
        raise IncidentError("This form is no longer linked to an incident. Open it again.")
    words = ctx.text(FINAL_UPDATE) or ctx.text("last_update")  # a form that an older version opened
    services.resolve_incident(ctx.incident, by=ctx.actor, at=ctx.now, final_update=words, answers=answers(ctx))
    ctx.answered(str(ctx.state.get("question", "")))


@incident_command(
    "cancel",
    usage="[text]",
    help="cancel a false alarm, or an incident declared by mistake; the text becomes the final update",
    asks=lambda _text: "Cancel {reference}",
)
def cancel(ctx: CommandContext) -> None:
    services.cancel_incident(ctx.incident, by=ctx.actor, at=ctx.now, final_update=markdown(ctx.text))


@incident_command("reopen", usage="[text]", help="reopen the incident; the text is posted as an update")
def reopen(ctx: CommandContext) -> None:
    words = markdown(ctx.text)
    if ctx.incident.is_open and not words:
        raise Unchanged(f"{ctx.incident.reference} is already open.")
    services.reopen_incident(ctx.incident, by=ctx.actor, at=ctx.now)
    if words:
        services.post_update(ctx.incident, text=words, by=ctx.actor, at=ctx.now)


@incident_event(EntryKind.RESOLVED)
def ask_for_the_document(ctx: IncidentEventContext) -> None:
    """Ask the lead, or the reporter if there is none, to complete the document while the details are fresh."""
    incident = ctx.incident
    document = Mrkdwn(link(display.document_url(incident), display.DOCUMENT.plain()))
    words = COMPLETE(reference=incident.reference, title=incident.title, document=document)
    ctx.tell(incident.active_lead or incident.reporter, words)
