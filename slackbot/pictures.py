"""Collect the facts that the pictures are drawn from."""

from __future__ import annotations

import logging

from slack_sdk.models.blocks import ButtonElement

from incidents import queries
from incidents.models import EntryKind, Incident, Person
from slackbot.models import CommsChannel
from slackbot.people import slack_ids
from slackbot.registry import registry
from slackbot.render import HOME_INCIDENTS, Picture

logger = logging.getLogger(__name__)


def picture_of(incident_id: int) -> Picture:
    incident = queries.incidents(queries.RESPONSE).get(pk=incident_id)
    people = [incident.reporter, *([incident.lead] if incident.lead else [])]
    channel = CommsChannel.objects.filter(incident=incident).first()
    update = incident.entries.filter(kind=EntryKind.UPDATE_POSTED).last()
    return Picture(incident, slack_ids(people), channel.channel_id if channel else "", update)


def open_pictures(viewer: Person) -> list[Picture]:
    """Return what the viewer may see of what is open, theirs first."""
    found = list(queries.open_incidents(viewer)[: HOME_INCIDENTS + 1])
    found.sort(key=lambda each: viewer not in (each.lead, each.reporter))
    ids = slack_ids(person for each in found for person in (each.reporter, each.lead) if person)
    channels = dict(CommsChannel.objects.filter(incident__in=found).values_list("incident_id", "channel_id"))
    return [Picture(each, ids, channels.get(each.pk, "")) for each in found]


def buttons_for(incident: Incident) -> list[ButtonElement]:
    """Return the buttons of all handlers. One of a plugin's that fails is left out: the headline matters more."""
    buttons = []
    for each in registry.headline_buttons:
        try:
            button = each.handler(incident)
        except Exception:
            if each.is_built_in:
                raise
            logger.exception("The headline button of %s failed and is left out", each.id)
            continue
        if button is not None:
            buttons.append(button)
    return buttons
