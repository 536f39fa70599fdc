"""Edit what the incident says, in a form, without undoing what others wrote meanwhile."""

from __future__ import annotations

from incidents import services
from incidents.models import Incident
from slackbot import arguments, limits
from slackbot.plugins import (
    ActionContext,
    Button,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentError,
    action_handler,
    dialog_handler,
    headline_action,
    incident_command,
)
from slackbot.slack_handlers import form
from slackbot.words import sentence

EDIT = "edit-incident"
EDIT_BUTTON = sentence("button.edit", "✏️ Edit", limit=limits.BUTTON)


@headline_action(order=200)
def edit_button(incident: Incident) -> Button:
    return Button(text=EDIT_BUTTON.plain(), action_id=EDIT)


@action_handler(EDIT)
def edit_clicked(ctx: ActionContext) -> None:
    ctx.open_dialog(_dialog(ctx.incident))


@incident_command("edit", help="change everything in a form")
def edit(ctx: CommandContext) -> None:
    arguments.nothing(ctx.text)
    ctx.open_dialog(_dialog(ctx.incident))


@dialog_handler(EDIT)
def edited(ctx: DialogContext) -> None:
    if ctx.incident is None:
        raise IncidentError("This form has lost its incident. Please open it again.")
    services.edit_incident(ctx.incident, wanted=form.edits(ctx), seen=ctx.state["seen"], by=ctx.actor, at=ctx.now)


def _dialog(incident: Incident) -> Dialog:
    return Dialog(
        id=EDIT,
        title=f"Edit {incident.reference}",
        fields=form.fields(incident=incident),
        incident_number=incident.number,
        state={"seen": services.fingerprint(incident)},
    )
