"""`@incident update …`: tell everybody how it stands."""

from __future__ import annotations

from incidents import services
from incidents.models import Incident
from slackbot.plugins import (
    ActionContext,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentError,
    Prose,
    UsageError,
    action_handler,
    dialog_handler,
    display,
    incident_command,
    markdown,
)


@incident_command(
    "update",
    usage="<text>",
    help="post a status update in the headline, its thread and the document",
    asks=lambda text: "Post update" if text else "",
)
def update(ctx: CommandContext) -> None:
    if not ctx.text:
        raise UsageError("Write what is new.")
    services.post_update(ctx.incident, text=markdown(ctx.text), by=ctx.actor, at=ctx.now)


@action_handler(display.POST_UPDATE)
def update_clicked(ctx: ActionContext) -> None:
    incident = ctx.incident
    ctx.open_dialog(
        Dialog(
            id=display.POST_UPDATE,
            title=f"Update {incident.reference}",
            submit="Post update",
            fields=[Prose(name="update", label="What is new?", max_length=Incident.TEXT_MAX)],
            incident_number=incident.number,
        )
    )


@dialog_handler(display.POST_UPDATE)
def update_written(ctx: DialogContext) -> str:
    if ctx.incident is None:
        raise IncidentError("This form is no longer linked to an incident. Open it again.")
    services.post_update(ctx.incident, text=ctx.text("update"), by=ctx.actor, at=ctx.now)
    return "✅ Update posted in the headline, its thread and the document."
