"""The look for the channel where headlines go."""

from __future__ import annotations

from datetime import datetime

from jobs.tiers import Tier
from slackbot.api.client import Call
from slackbot.models import OutboxEntry, Workspace
from slackbot.outbound import headline_channel
from slackbot.outbound.deliveries.headline import HEADLINE_LOOK
from slackbot.outbound.deliveries.kind import URGENT, Kind, NotYet


class HeadlineChannelKind(Kind):
    """Look for the channel where headlines go until they can be posted there, less and less often."""

    name = headline_channel.KIND
    tier = Tier.ESSENTIAL
    acts_for_person = False
    priority = URGENT
    only_checks = True

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        place = Workspace.objects.first()
        if place is None or headline_channel.look_for(place, now=now):
            return None  # the first contact with Slack looks for it as well
        since = (now - (place.headlines_trouble_at or now)).total_seconds()
        raise NotYet(min(max(60.0, since / 4), HEADLINE_LOOK))

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """It belongs to no incident."""
