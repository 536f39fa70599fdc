"""Calls into the channel of an incident."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from incidents import access
from incidents.models import Incident
from jobs.tiers import Tier
from people.models import Person
from slackbot.api.client import Call
from slackbot.api.mrkdwn import escape
from slackbot.models import CommsChannel, OutboxEntry
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.direct import tell
from slackbot.outbound.deliveries.kind import URGENT, Kind
from slackbot.outbound.deliveries.places import speaking_channel
from slackbot.outbound.deliveries.reasons import why
from slackbot.outbound.deliveries.reports import report


class InviteKind(Kind):
    """Call somebody into the incident's channel, which may be another one by now. args: user"""

    name = "invite"
    tier = Tier.ESSENTIAL
    acts_for_person = False
    priority = URGENT
    revived_for = timedelta(days=7)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = row.incident
        place = speaking_channel(incident) if incident is not None else None
        invited = Person.objects.filter(slack__user_id=row.args["user"]).first()
        if place is None or incident is None or not access.may(invited, access.SEE, incident):
            return None
        args = {"channel": place.channel_id, "users": row.args["user"]}
        return Call("conversations.invite", args, place.channel_id)

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        report_uninvited(row, row.args["user"], reason, now)


def invite(incident: Incident, user_ids: Iterable[str], *, key: str, now: datetime) -> None:
    """Call people into the incident's channel, if it has one."""
    channel = CommsChannel.objects.filter(incident=incident).first()
    if channel is None:
        return
    for user_id in user_ids:
        outbox.say(
            key=f"invite:{key}:{user_id}",
            kind=InviteKind.name,
            now=now,
            args={"user": user_id},
            order_key=f"invite:{channel.channel_id}:{user_id}",  # one who cannot come keeps nobody out
            incident=incident,
        )


def report_uninvited(row: OutboxEntry, user_id: str, reason: str, now: datetime) -> None:
    """Tell the lead and the reporter, and the timeline, that Slack does not let us invite somebody."""
    if (incident := row.incident) is None:
        return
    person = Person.objects.filter(slack__user_id=user_id).first()
    text = f"We couldn't invite {person.name if person else user_id} to the channel: {why(reason)}. "
    text += "We keep trying. You can also invite them in Slack yourself."
    report(row, text, now)
    readers = {each for each in (incident.lead, incident.reporter) if each is not None and each != person}
    for reader in readers:
        key = f"uninvited:{row.pk}:{user_id}:{reader.pk}"
        tell(reader, f"⚠️ {incident.reference}: {escape(text)}", key=key, now=now, incident=incident)
