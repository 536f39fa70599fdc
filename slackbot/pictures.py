"""Collect the facts that the pictures are drawn from."""

from __future__ import annotations

from slack_sdk.models.blocks import ButtonElement

from incidents import queries
from incidents.models import Incident
from slackbot.models import CommsChannel
from slackbot.people import slack_ids
from slackbot.registry import registry
from slackbot.render import Picture


def picture_of(incident_id: int) -> Picture:
    incident = queries.incidents(queries.RESPONSE).get(pk=incident_id)
    people = [incident.reporter, *([incident.lead] if incident.lead else [])]
    channel = CommsChannel.objects.filter(incident=incident).first()
    return Picture(incident, slack_ids(people), channel.channel_id if channel else "")


def buttons_for(incident: Incident) -> list[ButtonElement]:
    buttons = (button.handler(incident) for button in registry.headline_buttons)
    return [button for button in buttons if button is not None]
