"""Posted updates, in the thread of the headline."""

from __future__ import annotations

from datetime import datetime

from incidents.models import Incident, Link
from jobs.tiers import Tier
from slackbot.api.client import Call, Refused
from slackbot.models import Headline, OutboxEntry
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.headline import (
    HEADLINE_LOOK,
    HeadlineKind,
    is_closed_for_headlines,
    note_refused_headline,
)
from slackbot.outbound.deliveries.kind import Kind, NotYet
from slackbot.outbound.deliveries.posting import post
from slackbot.outbound.deliveries.reasons import CHANNEL_CLOSED
from slackbot.outbound.deliveries.rows import incident_of


class UpdateKind(Kind):
    """Say a posted update in the thread of the headline. args: entry"""

    name = "update"
    tier = Tier.RECORD
    acts_for_person = False
    waits_for = (HeadlineKind.name,)
    waits_for_headlines = True
    runs_in_closed_channel = True
    has_text = True
    entry_keys = ("update",)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        if incident_of(row).private:
            return None  # it became private after the update was written: the headline's channel is everybody's
        standing = Headline.of(incident_of(row))
        if standing is None or is_closed_for_headlines(standing.channel_id):
            raise NotYet(seconds=HEADLINE_LOOK if is_closed_for_headlines() else 5)
        return post(row, standing.channel_id, row.args["text"], [], thread_ts=standing.ts)

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        if refusal.error not in CHANNEL_CLOSED:
            return False
        if note_refused_headline(row, call, refusal, now):
            return True
        # Its channel is no longer the one for headlines: wait until the headline has moved.
        Headline.objects.filter(incident=row.incident_id).delete()
        Link.objects.filter(incident=row.incident_id, kind=Link.HEADLINE).delete()
        outbox.draw(incident_of(row), HeadlineKind.name, now=now)
        return True


def say_update(incident: Incident, text: str, *, key: str, now: datetime) -> None:
    """Say an update in the thread of the headline, once."""
    where = f"updates:{incident.pk}"
    outbox.say(key=key, kind=UpdateKind.name, now=now, args={"text": text}, order_key=where, incident=incident)
