"""The channel of an incident."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from incidents import services
from incidents.models import Link
from jobs.tiers import Tier
from slackbot.api.client import Call, Refused
from slackbot.directory import workspace
from slackbot.models import CommsChannel, OutboxEntry
from slackbot.outbound import pausing
from slackbot.outbound.deliveries.kind import URGENT, Kind
from slackbot.outbound.deliveries.rows import incident_of, noted
from slackbot.rendering import render

MOST_NAMES: Final = 20  # that others may have taken


class ChannelKind(Kind):
    """Make the incident's channel. `result` keeps how many names were taken, and whether Slack disliked the title."""

    name = "channel"
    tier = Tier.ESSENTIAL
    acts_for_person = False
    priority = URGENT
    revived_for = timedelta(days=7)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = incident_of(row)
        standing = CommsChannel.of(incident)
        if standing is not None and standing.closed_as != CommsChannel.DELETED:
            return None
        name = render.channel_name(incident, taken=noted(row, "taken", 0), plain=noted(row, "plain", default=False))
        return Call("conversations.create", {"name": name, "is_private": incident.private})

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """A name that we ourselves took is the channel of an attempt whose answer was lost."""
        if refusal.error != "name_taken":
            return None
        channel = workspace.find_channel(call.args["name"])
        place = workspace.present()
        if channel is None or place is None or channel.get("creator") != place.bot_user_id:
            return None
        adopted = CommsChannel.objects.filter(channel_id=channel["id"]).exists()
        ours = channel.get("created", 0) >= row.created_at.timestamp() - 60 and not channel.get("is_archived")
        return {"channel": channel} if ours and not adopted else None

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        channel = answer["channel"]
        incident = incident_of(row)
        made = {"channel_id": channel["id"], "name": channel["name"], "is_private": bool(channel.get("is_private"))}
        if CommsChannel.of(incident) is None:
            CommsChannel.objects.create(incident=incident, **made)
        else:  # it was deleted in Slack
            anew = {**made, "bookmark_id": "", "invited": [], "closed_as": "", "closed_at": None, "frozen_at": None}
            CommsChannel.objects.filter(incident=incident).update(**anew)
            pausing.resume_in(incident, channel["id"], now=now)
        url = workspace.channel_link(channel["id"])
        services.attach_link(incident, kind=Link.CHANNEL, label=f"#{channel['name']}", url=url, at=now)
        return True

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        noted = row.result or {}
        if refusal.error.startswith("invalid_name") and not noted.get("plain"):
            row.result = {**noted, "plain": True}
            return True
        taken = noted.get("taken", 0)
        if refusal.error != "name_taken" or taken >= MOST_NAMES:
            return False
        row.result = {**noted, "taken": taken + 1}
        return True
