"""What the channel of an incident is furnished with: its members, its topic, and a bookmark."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from jobs.tiers import Tier
from slackbot.api import rate_limits
from slackbot.api.client import Call, Refused
from slackbot.api.error_codes import Meaning
from slackbot.models import CommsChannel, OutboxEntry, SlackUser
from slackbot.outbound import topics
from slackbot.outbound.deliveries.invite import report_uninvited
from slackbot.outbound.deliveries.kind import URGENT, Kind, kinds_where
from slackbot.outbound.deliveries.places import speaking_channel
from slackbot.outbound.deliveries.rows import incident_of, noted
from slackbot.rendering import render
from slackbot.rendering.snapshots import picture_of


class MembersKind(Kind):
    """Invite who belongs there, each for themselves. Who was invited once and left, stays away.

    `result` keeps whom Slack refused in this attempt ("refused"), and whom in the one before ("cannot_come"), and why.
    """

    name = "members"
    tier = Tier.ESSENTIAL
    acts_for_person = False
    priority = URGENT
    furnishes_channel = True
    redrawn_after_closure = True
    revived_for = timedelta(days=7)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = incident_of(row)
        channel = CommsChannel.of(incident)
        people = [person for person in (incident.reporter, incident.lead) if person is not None and person.can_respond]
        accounts = {account.user_id for person in people if (account := SlackUser.of(person))}
        if incident.private:
            invited = SlackUser.objects.filter(person__memberships__incident=incident, person__is_active=True)
            accounts |= set(invited.values_list("user_id", flat=True))
        if channel is None or (incident.private and not channel.is_private):
            return None
        refused = noted(row, "refused", {})
        missing = sorted(accounts - set(channel.invited), key=lambda user_id: (user_id in refused, user_id))
        if not missing:
            return None
        # One at a time: Slack refuses a whole list for one who cannot come.
        return Call("conversations.invite", {"channel": channel.channel_id, "users": missing[0]}, channel.channel_id)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        channel = CommsChannel.objects.select_for_update().get(incident=row.incident_id)
        channel.invited = [*channel.invited, call.args["users"]]
        channel.save(update_fields=["invited"])
        return False

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Somebody who cannot come must not keep the others out: they are tried again when the others were."""
        refused = noted(row, "refused", {})
        if refusal.meaning is Meaning.REPAIRABLE:  # it is about the channel
            row.result = None
            return False
        if call.args["users"] in refused:
            row.result = {"cannot_come": refused}
            return False
        row.result = {"refused": {**refused, call.args["users"]: str(refusal)}}
        return True

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        for user_id, why_not in noted(row, "cannot_come", {}).items():
            report_uninvited(row, user_id, why_not, now)
        if not noted(row, "cannot_come", {}):
            super().given_up(row, reason, now)


class TopicKind(Kind):
    """Slack tells the whole channel of each new topic, so one that says the same is not set again."""

    name = topics.TOPIC
    tier = Tier.ESSENTIAL
    acts_for_person = False
    furnishes_channel = True
    redrawn_after_closure = True
    revived_for = timedelta(days=7)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        picture = picture_of(incident_of(row))
        topic = render.topic(picture)
        channel = speaking_channel(picture.incident)
        # What an older version noted names no channel: there was only one.
        if channel is None or (
            noted(row, "topic", "") == topic and noted(row, "channel", channel.channel_id) == channel.channel_id
        ):
            return None
        return Call("conversations.setTopic", {"channel": picture.channel_id, "topic": topic}, picture.channel_id)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        shown = topics.what_is_shown(incident_of(row), before=row.result or {}, now=now)
        row.result = {"topic": call.args["topic"], "channel": call.args["channel"], **shown}
        return True

    def only_notes(self, call: Call) -> bool:
        return True


class BookmarkKind(Kind):
    """A link to the incident document above the messages."""

    name = "bookmark"
    tier = Tier.ESSENTIAL
    acts_for_person = False
    furnishes_channel = True
    redrawn_after_closure = True
    revived_for = timedelta(days=7)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = incident_of(row)
        channel = CommsChannel.of(incident)
        if channel is None or channel.bookmark_id or (incident.private and not channel.is_private):
            return None
        args = {
            "channel_id": channel.channel_id,
            "title": f"{incident.reference} incident document",
            "type": "link",
            "link": render.document_url(incident),
            "emoji": ":page_facing_up:",
        }
        return Call("bookmarks.add", args, channel.channel_id, only_once=True)

    def find_done(self, row: OutboxEntry, call: Call) -> Mapping[str, Any] | None:
        standing = rate_limits.call("bookmarks.list", {"channel_id": call.channel})["bookmarks"]
        return next(({"bookmark": each} for each in standing if each.get("link") == call.args["link"]), None)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        CommsChannel.objects.filter(incident=row.incident_id).update(bookmark_id=answer["bookmark"]["id"])
        return True


def furnishings() -> tuple[str, ...]:
    """Return the kinds that every channel of an incident is furnished with."""
    return kinds_where(lambda kind: kind.furnishes_channel)
