"""Messages that people want on the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents import access
from incidents.models import Incident, Pin
from jobs.tiers import Tier
from people.models import Person
from slackbot.api.client import Call, Refused
from slackbot.kit.pinning import keep
from slackbot.models import OutboxEntry
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.direct import tell
from slackbot.outbound.deliveries.kind import Kind
from slackbot.outbound.deliveries.rows import incident_of, noted


class KeepMessageKind(Kind):
    """Fetch a message and put it on the timeline: from the channel, else from its thread. args: channel, ts, by, how"""

    name = "keep_message"
    tier = Tier.RECORD
    acts_for_person = True

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        ts, channel = row.args["ts"], row.args["channel"]
        by = Person.objects.filter(pk=row.args["by"]).first()
        if by is not None and not access.may(by, access.CHANGE, incident_of(row)):
            return None
        args = {"channel": channel, "oldest": ts, "latest": ts, "inclusive": True, "limit": 1}
        if noted(row, "in_thread", default=False):
            return Call("conversations.replies", {**args, "ts": ts}, channel, reads=True)
        return Call("conversations.history", args, channel, reads=True)

    def names_in(self, answer: Mapping[str, Any]) -> Any:
        return answer.get("messages")

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        found = [message for message in answer["messages"] if message["ts"] == row.args["ts"]]
        if not found and call.method == "conversations.history":
            row.result = {"in_thread": True}
            return False
        by = Person.objects.filter(pk=row.args["by"]).first()
        if not found or not self._keep(row, found[0], by, now):
            self._tell(row, by, now)
        return True

    def _keep(self, row: OutboxEntry, message: Mapping[str, Any], by: Person | None, now: datetime) -> bool:
        how = row.args.get("how", Pin.REACTION)
        return keep(incident_of(row), message, channel_id=row.args["channel"], by=by, now=now, how=how)

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """Who deleted it meanwhile wanted it gone."""
        return {"messages": []} if refusal.error == "thread_not_found" else None

    def _tell(self, row: OutboxEntry, by: Person | None, now: datetime) -> None:
        if by is not None:
            reference = incident_of(row).reference
            text = f"⚠️ {reference}: the message that you wanted on the timeline no longer exists."
            tell(by, text, key=f"gone:{row.pk}", now=now, incident=row.incident)


def keep_message(
    incident: Incident, *, channel_id: str, ts: str, by: Person | None, now: datetime, how: str = Pin.REACTION
) -> None:
    """Put a message on the timeline of which we know only where it is. `how` is one of `Pin`'s."""
    outbox.say(
        key=f"keep:{channel_id}:{ts}:{int(now.timestamp())}",
        kind=KeepMessageKind.name,
        now=now,
        args={"channel": channel_id, "ts": ts, "by": by.pk if by else None, "how": how},
        order_key=f"keep:{channel_id}",
        incident=incident,
    )
