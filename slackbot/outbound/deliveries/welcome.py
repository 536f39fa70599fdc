"""The first message in the channel of an incident."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from incidents.models import Incident
from jobs import storing
from jobs.tiers import Tier
from slackbot.api.client import Call, Refused
from slackbot.models import CommsChannel, OutboxEntry
from slackbot.outbound.deliveries.drawing import digest, update
from slackbot.outbound.deliveries.furnishing import BookmarkKind, MembersKind, TopicKind
from slackbot.outbound.deliveries.kind import URGENT, Kind, NotYet
from slackbot.outbound.deliveries.places import speaking_channel, was_cleared_after
from slackbot.outbound.deliveries.posting import FOUND, post
from slackbot.outbound.deliveries.rows import incident_of
from slackbot.rendering import render
from slackbot.rendering.snapshots import picture_of


class WelcomeKind(Kind):
    """The first message, and what one reads last: topic, bookmark and guests come before, when they come soon."""

    name = "welcome"
    tier = Tier.ESSENTIAL
    acts_for_person = False
    priority = URGENT
    waits_for = (TopicKind.name, BookmarkKind.name, MembersKind.name)
    shows_timeline = True

    PATIENCE: Final = timedelta(seconds=3)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        furnishing = OutboxEntry.objects.filter(incident=row.incident_id, kind__in=self.waits_for, is_open=True)
        patience = row.created_at + self.PATIENCE - now
        if patience > timedelta(0) and furnishing.exists():
            raise NotYet(patience.total_seconds())
        picture = picture_of(incident_of(row))
        channel = speaking_channel(picture.incident)
        if channel is None:
            return None
        message = render.welcome(picture)
        return post(row, channel.channel_id, message.text, message.blocks)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        row.result = {"channel": call.channel, "ts": str(answer["ts"]), "drawn": digest(call)}
        if FOUND in answer:  # posted by an attempt before, and perhaps with other steps
            row.result["drawn"] = ""
        return True

    def only_notes(self, call: Call) -> bool:
        return True

    def shows(self, row: OutboxEntry, *, entries: Collection[int], properties: Collection[str]) -> bool:
        return bool(properties) and not row.is_open

    def overwritten(self, row: OutboxEntry, channel: str, ts: str, now: datetime) -> Call | None:
        return update(channel, ts, render.welcome(picture_of(incident_of(row))))


class StepsKind(Kind):
    """Draw the welcome again: its buttons and steps are those that are still missing."""

    name = "steps"
    tier = Tier.RECORD
    acts_for_person = False
    waits_for = (WelcomeKind.name,)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        picture = picture_of(incident_of(row))
        channel = CommsChannel.of(picture.incident)
        if channel is None or (picture.incident.private and not channel.is_private):
            return None
        key = storing.short(welcome_key(picture.incident, channel))
        welcome = OutboxEntry.objects.filter(key=key).first()
        if welcome is not None and welcome.is_open:
            raise NotYet(seconds=5)
        if welcome is None or not (welcome.result or {}).get("ts"):
            return None
        call = update(channel.channel_id, str((welcome.result or {})["ts"]), render.welcome(picture))
        stands = {**(welcome.result or {}), **(row.result or {})}.get("drawn")
        return None if stands == digest(call) or was_cleared_after(welcome) else call

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        row.result = {"drawn": digest(call)}
        return True

    def only_notes(self, call: Call) -> bool:
        return True

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """It was deleted, or nobody reads the channel any more."""
        if refusal.error in ("message_not_found", "is_archived"):
            return {}
        return super().recover(row, call, refusal)

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """An old button answers by itself that it came too late."""


def welcome_key(incident: Incident, channel: CommsChannel) -> str:
    """Name the row of a channel's welcome."""
    return f"welcome:{incident.pk}:{channel.channel_id}"
