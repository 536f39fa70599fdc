"""Edit what the incident says, in a form, without undoing what others wrote meanwhile."""

from __future__ import annotations

from slack_sdk.models.blocks import ContextBlock, MarkdownTextObject

from incidents import services
from incidents.models import Incident
from slackbot.plugins import (
    ActionContext,
    Button,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentError,
    Mrkdwn,
    action_handler,
    arguments,
    dialog_handler,
    display,
    headline_action,
    incident_command,
    limits,
    link,
    sentence,
)
from slackbot.slack_handlers import form

EDIT = "edit-incident"
TOO_LONG = sentence(
    "form.too_long", "These fields are too long for Slack's form: {fields}. Edit them in the {document}."
)
EDIT_BUTTON = sentence("button.edit", "✏️ Edit", limit=limits.BUTTON)


@headline_action(order=200)
def edit_button(incident: Incident) -> Button:
    return Button(text=EDIT_BUTTON.plain(), action_id=EDIT)


@action_handler(EDIT)
def edit_clicked(ctx: ActionContext) -> None:
    ctx.open_dialog(_dialog(ctx.incident))


@incident_command("edit", help="edit the incident in a form")
def edit(ctx: CommandContext) -> None:
    arguments.nothing(ctx.text)
    ctx.open_dialog(_dialog(ctx.incident))


@dialog_handler(EDIT)
def edited(ctx: DialogContext) -> None:
    if ctx.incident is None:
        raise IncidentError("This form is no longer linked to an incident. Open it again.")
    wanted = form.edits(ctx, left_out=ctx.state.get("left_out", []))
    services.edit_incident(ctx.incident, wanted=wanted, seen=ctx.state["seen"], by=ctx.actor, at=ctx.now)


def _dialog(incident: Incident) -> Dialog:
    fields = form.fields(incident=incident)
    left_out = [each for each in fields if not form.fits(each)]
    labels = ", ".join(str(getattr(each, "label", each.name)) for each in left_out)
    note = TOO_LONG(fields=labels, document=Mrkdwn(link(display.document_url(incident), display.DOCUMENT.plain())))
    return Dialog(
        id=EDIT,
        title=f"Edit {incident.reference}",
        intro=[ContextBlock(elements=[MarkdownTextObject(text=note)])] if left_out else [],
        fields=[each for each in fields if each not in left_out],
        incident_number=incident.number,
        state={"seen": services.fingerprint(incident), "left_out": [each.name for each in left_out]},
    )
