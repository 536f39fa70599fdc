"""A channel of the incident's own, when none was made at once."""

from __future__ import annotations

from incidents import services
from incidents.models import EntryKind, Incident
from slackbot.plugins import ActionContext, Button, action_handler, headline_action

CREATE = "create-channel"


@headline_action(order=100)
def create_button(incident: Incident) -> Button | None:
    asked = incident.entries.filter(kind=EntryKind.CHANNEL_REQUESTED).exists()
    return (
        None if asked or not incident.is_open else Button(text="💬 Create channel", action_id=CREATE, style="primary")
    )


@action_handler(CREATE)
def create_clicked(ctx: ActionContext) -> str:
    services.request_channel(ctx.incident, by=ctx.actor, at=ctx.now)
    return "The channel is being made: you are invited to it in a moment."
