"""Collect the facts that the pictures are drawn from."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from typing import Final

from django.db import connection
from slack_sdk.models.blocks import ButtonElement

from incidents import queries
from incidents.models import EntryKind, Incident, Person
from slackbot.models import CommsChannel
from slackbot.people import slack_ids
from slackbot.registry import HeadlineButton, registry
from slackbot.render import HOME_INCIDENTS, Picture

logger = logging.getLogger(__name__)

PATIENCE: Final = 1.0  # seconds
_pool: Final = ThreadPoolExecutor(2, thread_name_prefix="button")
_left_out: Final[set[str]] = set()


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


def buttons_for(incident: Incident, *, built_in_only: bool = False) -> list[ButtonElement]:
    """Return the buttons of all handlers. One of a plugin's that fails is left out: the headline matters more."""
    buttons = []
    for each in registry.headline_buttons:
        button = each.handler(incident) if each.is_built_in else None
        if not each.is_built_in and not built_in_only and each.id not in _left_out:
            button = _button_of_plugin(each, incident)
        if button is not None:
            buttons.append(button)
    return buttons


def _button_of_plugin(each: HeadlineButton, incident: Incident) -> ButtonElement | None:
    """Ask a plugin for its button, for a moment; one that hangs is not asked again by this process."""
    try:
        return _pool.submit(_drawn, each, incident).result(PATIENCE)
    except TooLate:
        _left_out.add(each.id)
        logger.error("The headline button of %s took too long and is left out from now on", each.id)
    except Exception:
        logger.exception("The headline button of %s failed and is left out", each.id)
    return None


def _drawn(each: HeadlineButton, incident: Incident) -> ButtonElement | None:
    """Draw it at once, so that what Slack would refuse (a text that is too long, say) fails here."""
    try:
        button: ButtonElement | None = each.handler(incident)
        if button is not None:
            button.to_dict()
        return button
    finally:
        connection.close()  # this thread's own
