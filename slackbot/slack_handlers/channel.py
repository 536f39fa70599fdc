"""A channel of the incident's own, when none was made at once."""

from __future__ import annotations

from incidents import queries, services
from incidents.models import Incident, Link
from slackbot.plugins import ActionContext, Button, action_handler, channels, headline_action, limits, sentence

CREATE = "create-channel"
CREATE_BUTTON = sentence("button.create_channel", "💬 Create channel", limit=limits.BUTTON)


@headline_action(order=100)
def create_button(incident: Incident) -> Button | None:
    channel = channels.channel_of(incident)
    if not incident.is_open or (channel is not None and not channel.is_deleted):
        return None
    if queries.channel_is_requested(incident):
        return None
    if channels.is_on_its_way(incident):
        return None
    if incident.links.filter(kind=Link.CHANNEL).exists():
        return None
    return Button(text=CREATE_BUTTON.plain(), action_id=CREATE, style="primary")


@action_handler(CREATE)
def create_clicked(ctx: ActionContext) -> str:
    services.request_channel(ctx.incident, by=ctx.actor, at=ctx.now)
    return "We're creating the channel and will invite you in a moment."
