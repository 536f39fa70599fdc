"""The removal of people who may no longer see an incident."""

from __future__ import annotations

from datetime import datetime, timedelta

from incidents import access
from jobs.tiers import Tier
from people.models import Person
from slackbot.api.client import Call
from slackbot.models import CommsChannel, OutboxEntry, SlackUser
from slackbot.outbound.deliveries.kind import URGENT, Kind
from slackbot.outbound.deliveries.reasons import why
from slackbot.outbound.deliveries.reports import report
from slackbot.outbound.deliveries.rows import incident_of
from slackbot.outbound.privacy import EXPEL


class ExpelKind(Kind):
    """Remove somebody from the channel of an incident that they may no longer see. args: person

    Of a public channel only guests: everybody else can read it without being in it.
    """

    name = EXPEL
    tier = Tier.ESSENTIAL  # people see what they must not
    acts_for_person = False
    priority = URGENT
    runs_in_closed_channel = True
    revived_for = timedelta(days=7)
    reported_after = timedelta(0)  # they can read the channel until somebody removes them

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident, person = incident_of(row), self._person(row)
        channel, account = CommsChannel.of(incident), SlackUser.objects.filter(person=person).first()
        if channel is None or account is None or access.may(person, access.SEE, incident):
            return None
        if not channel.is_private and not person.is_guest:
            return None
        args = {"channel": channel.channel_id, "user": account.user_id}
        return Call("conversations.kick", args, channel.channel_id)

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        channel = CommsChannel.of(incident_of(row))
        which = "channel" if channel is not None and not channel.is_private else "private channel"
        text = (
            f"Slack didn't let us remove somebody whose access ended from the {which}: {why(reason)}. "
            "They can read it until you remove them there"
        )
        report(row, text, now, with_="privacy")

    def _person(self, row: OutboxEntry) -> Person:
        return Person.objects.get(pk=row.args["person"])
