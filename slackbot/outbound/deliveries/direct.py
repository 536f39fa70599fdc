"""Direct messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents import access
from incidents.models import Incident
from jobs.tiers import Tier
from people.models import Person
from slackbot.api.client import Call
from slackbot.models import OutboxEntry, SlackUser
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.kind import Kind
from slackbot.outbound.deliveries.posting import note_where, post


class DirectKind(Kind):
    """A direct message, unless it is about an incident that the person may no longer see. args: person, text"""

    name = "direct"
    tier = Tier.RECORD
    acts_for_person = False
    runs_in_closed_channel = True
    has_text = True
    entry_keys = ("trouble",)

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        account = SlackUser.objects.select_related("person").filter(person=row.args["person"]).first()
        if account is None or (row.incident is not None and not access.may(account.person, access.SEE, row.incident)):
            return None
        return direct(row, account, row.args["text"], [])

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        note_where(row, call, answer)
        return note_direct_channel(call, answer)

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Nobody but the reader waits for it."""


def tell(person: Person, text: str, *, key: str, now: datetime, incident: Incident | None = None) -> None:
    """Send a direct message, once; about `incident`, if they still may see that then. `text` is mrkdwn."""
    args = {"person": person.pk, "text": text}
    outbox.say(key=key, kind=DirectKind.name, now=now, args=args, order_key=f"dm:{person.pk}", incident=incident)


def direct(row: OutboxEntry, account: SlackUser, text: str, blocks: list[Any]) -> Call:
    """Return the call that sends a row's message to somebody, or the one that must come before."""
    if not account.dm_channel_id:
        return Call("conversations.open", {"users": account.user_id})
    return post(row, account.dm_channel_id, text, blocks)


def note_direct_channel(call: Call, answer: Mapping[str, Any]) -> bool:
    """Store the channel that Slack opened for direct messages; return whether the message itself was sent."""
    if call.method != "conversations.open":
        return True
    SlackUser.objects.filter(user_id=call.args["users"]).update(dm_channel_id=answer["channel"]["id"])
    return False
