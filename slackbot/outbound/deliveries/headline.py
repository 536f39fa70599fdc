"""The headline of an incident, in the channel for headlines."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from incidents import services
from incidents.models import Incident, Link, Role, Status
from jobs import retries
from jobs.tiers import Tier
from people.models import Person
from slackbot.api.client import Call, Refused
from slackbot.api.error_codes import Meaning
from slackbot.directory import people, workspace
from slackbot.models import Headline, OutboxEntry
from slackbot.outbound import headline_channel, outbox, topics
from slackbot.outbound.deliveries.drawing import digest, update
from slackbot.outbound.deliveries.kind import URGENT, Kind, NotYet
from slackbot.outbound.deliveries.posting import FOUND, post
from slackbot.outbound.deliveries.reasons import CHANNEL_CLOSED
from slackbot.outbound.deliveries.rows import incident_of, noted
from slackbot.rendering import render
from slackbot.rendering.snapshots import buttons_for, lines_for, picture_of

logger = logging.getLogger(__name__)
HEADLINE_LOOK: Final = 540.0  # seconds, at most, until the headline channel is looked at again


class HeadlineKind(Kind):
    """One that looks as it did is not drawn again: plugins' lines are asked whatever happens."""

    name = outbox.HEADLINE
    tier = Tier.ESSENTIAL
    acts_for_person = False
    priority = URGENT
    waits_for_headlines = True
    runs_in_closed_channel = True
    revived_for = timedelta(days=7)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        picture = picture_of(incident_of(row))
        standing = Headline.of(picture.incident)
        if picture.incident.private and standing is None:
            return None
        # A plugin's button may have killed the process, or a line of one may be what Slack rejects.
        only_ours = retries.deaths(row) > 0 or noted(row, "only_ours", default=False)
        message = render.headline(
            picture,
            lines=lines_for(picture.incident, built_in_only=only_ours),
            buttons=buttons_for(picture.incident, built_in_only=only_ours),
        )
        if standing is not None:
            if is_closed_for_headlines(standing.channel_id):
                raise NotYet(HEADLINE_LOOK)
            call = update(standing.channel_id, standing.ts, message)
            return None if noted(row, "drawn", "") == digest(call) else call
        place = workspace.present()
        if place is None or not place.incident_channel_id or place.headlines_trouble:
            raise NotYet(HEADLINE_LOOK)  # or as soon as there is a channel
        return post(row, place.incident_channel_id, message.text, message.blocks)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        if call.method == "chat.postMessage":
            incident = incident_of(row)
            Headline.objects.create(incident=incident, channel_id=answer["channel"], ts=answer["ts"])
            url = workspace.permalink(answer["channel"], answer["ts"])
            place = workspace.present()
            name = (place and place.headlines_channel) or settings.INCIDENT_CHANNEL
            services.attach_link(incident, kind=Link.HEADLINE, label=f"Headline in #{name}", url=url, at=now)
        if FOUND in answer:  # said by an attempt before, of what was true then
            return False
        row.result = {"drawn": digest(call)}
        return True

    def only_notes(self, call: Call) -> bool:
        return call.method != "chat.postMessage"

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Leave plugins' parts out when Slack rejects the content.

        Post it anew if somebody deleted it, or if its channel is no longer the one for headlines.
        """
        if note_refused_headline(row, call, refusal, now):
            return True
        if refusal.meaning is Meaning.FINAL and not noted(row, "only_ours", default=False):
            logger.warning(
                "Slack rejects the headline of %s: %s. Retrying without plugins' lines and buttons.",
                row.incident,
                refusal,
            )
            row.result = {**(row.result or {}), "only_ours": True}
            return True
        elsewhere = refusal.error in CHANNEL_CLOSED and incident_of(row).is_open
        if call.method != "chat.update" or not (elsewhere or refusal.error == "message_not_found"):
            return False
        self._forget(incident_of(row), now)
        return True

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """Leave the headline of an incident that is over in a channel that is."""
        is_over = not incident_of(row).is_open and not workspace.is_for_headlines(call.channel)
        return {} if call.method == "chat.update" and refusal.error in CHANNEL_CLOSED and is_over else None

    def _forget(self, incident: Incident, now: datetime) -> None:
        Headline.objects.filter(incident=incident).delete()
        Link.objects.filter(incident=incident, kind=Link.HEADLINE).delete()


def note_refused_headline(row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
    """Return False if the refusal isn't about the channel for headlines. `prepare` waits for it otherwise."""
    place = workspace.present()
    if place is None or refusal.error not in CHANNEL_CLOSED or not workspace.is_for_headlines(call.channel):
        return False
    refusals = noted(row, "refusals", 0) + 1
    row.result = {**(row.result or {}), "refusals": refusals}
    headline_channel.note_refusal(place, refusal.error, refusals=refusals, now=now)
    return True


def is_closed_for_headlines(channel_id: str = "") -> bool:
    """Return whether headlines can't be posted, and this is the channel for them."""
    place = workspace.present()
    return place is not None and bool(place.headlines_trouble) and channel_id in ("", place.incident_channel_id)


def draw_what_they_lead(person: Person, now: datetime) -> None:
    """Update the headlines and topics that say that nobody leads, as the lead is back."""
    led = {
        "role_assignments__person": person,
        "role_assignments__ended_at": None,
        "role_assignments__role__key": Role.LEAD,
    }
    for incident in Incident.objects.filter(status__in=Status.working(), **led):
        topics.draw_with_headline(incident, now=now)


people.on_return(draw_what_they_lead)
