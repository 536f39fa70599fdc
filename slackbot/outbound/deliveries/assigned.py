"""The notice to somebody who was given the lead, a role or an action item."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from incidents import access, queries
from people.models import Person
from slackbot.api.client import Call, Refused
from slackbot.directory.people import mention
from slackbot.kit.effects import Post
from slackbot.kit.words import Mrkdwn, sentence
from slackbot.models import CommsChannel, OutboxEntry, SlackUser
from slackbot.outbound import closures
from slackbot.outbound.assignments import ASSIGNED, SOMEBODY, was_mentioned
from slackbot.outbound.deliveries.channel import ChannelKind
from slackbot.outbound.deliveries.direct import DirectKind, direct, tell
from slackbot.outbound.deliveries.furnishing import MembersKind
from slackbot.outbound.deliveries.invite import InviteKind
from slackbot.outbound.deliveries.kind import NotYet
from slackbot.outbound.deliveries.places import speaking_channel
from slackbot.outbound.deliveries.post import say_in_channel
from slackbot.outbound.deliveries.reasons import why

JOIN: Final = sentence("assigned.join", "To take part, join {channel}.")
ASK: Final = sentence("assigned.ask", "Its channel is private. Ask {by} to invite you.")
NOT_TOLD: Final = sentence(
    "assigned.not_told",
    "⚠️ {incident}: Slack didn't let us send {person} a direct message ({why}). Tell them what you assigned to them.",
)


class AssignedKind(DirectKind):
    """Check whether somebody is in the incident's channel, and send them a direct message if not.

    args: person, text, by, entry, and what to post in the channel if they are there: post, or ""
    """

    name = ASSIGNED
    waits_for = (ChannelKind.name, MembersKind.name, InviteKind.name)
    runs_in_closed_channel = False
    entry_keys = ("assigned",)

    CHANNEL_PATIENCE: Final = timedelta(seconds=30)
    INVITED_PATIENCE: Final = timedelta(seconds=10)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident, account = row.incident, SlackUser.objects.filter(person=row.args["person"]).first()
        noted = row.result or {}
        if incident is None or account is None or noted.get("inside"):
            return None
        if not access.may(account.person, access.SEE, incident):
            return None
        place = speaking_channel(incident)
        if place is not None and closures.waits_for_people(place):
            return direct(row, account, row.args["text"], [])
        waited = now - row.created_at
        if place is None and waited < self.CHANNEL_PATIENCE and queries.channel_is_requested(incident):
            raise NotYet(2)
        if place is None or noted.get("inside") is False:
            by = Person.objects.filter(pk=row.args["by"]).first()
            return direct(row, account, f"{row.args['text']}{_way_in(place, by)}", [])
        is_invited = account.person in (incident.lead, incident.reporter)
        if is_invited and account.user_id not in place.invited and waited < self.INVITED_PATIENCE:
            raise NotYet(1)
        query: dict[str, Any] = {"channel": place.channel_id, "limit": 200}
        query |= {"cursor": noted["cursor"]} if noted.get("cursor") else {}
        return Call("conversations.members", query, place.channel_id, reads=True)

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        return {"members": []} if call.method == "conversations.members" else None

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        if call.method != "conversations.members":
            return super().sent(row, call, answer, now)
        account = SlackUser.objects.filter(person=row.args["person"]).first()
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        is_inside = account is not None and account.user_id in answer["members"]
        if cursor and not is_inside:
            row.result = {"cursor": cursor}
            return False
        row.result = {"inside": is_inside}
        if not is_inside:
            return False
        incident = row.incident
        knows = account is not None and was_mentioned(row.args["entry"], account)
        if row.args["post"] and incident and not knows:
            say_in_channel(incident, Post(row.args["post"]), key=f"owns:{row.args['entry']}", now=now)
        return True

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Notify the person who gave the task, because they assume that the other knows."""
        by = Person.objects.filter(pk=row.args["by"], is_bot=False).first()
        person = Person.objects.filter(pk=row.args["person"]).first()
        if by is not None and person is not None and row.incident is not None:
            text = NOT_TOLD(incident=row.incident.reference, person=person.name, why=Mrkdwn(why(reason)))
            tell(by, text, key=f"not told:{row.pk}", now=now, incident=row.incident)


def _way_in(channel: CommsChannel | None, by: Person | None) -> str:
    """Return a line on how to join the channel; "" without a channel."""
    if channel is None:
        return ""
    named = Mrkdwn(mention(by)) if by else SOMEBODY
    how = ASK(by=named) if channel.is_private else JOIN(channel=Mrkdwn(f"<#{channel.channel_id}>"))
    return f"\n{how}"
