"""Calls whose answer nobody needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jobs.tiers import Tier
from slackbot.api.client import Call, Refused
from slackbot.models import OutboxEntry
from slackbot.outbound.deliveries.kind import URGENT, Kind


class CallKind(Kind):
    """Any call whose answer nobody needs. args: method, args, fine (the errors that mean that it is so already)"""

    name = "call"
    tier = Tier.RECORD
    acts_for_person = False
    keeps_order = True

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        return Call(row.args["method"], row.args["args"], str(row.args["args"].get("channel", "")))

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        return {} if refusal.error in row.args["fine"] else super().recover(row, call, refusal)


class ReactionKind(Kind):
    """args: channel, timestamp, name"""

    name = "reaction"
    tier = Tier.ESSENTIAL  # somebody waits for an answer
    acts_for_person = False
    priority = URGENT

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        return Call("reactions.add", row.args, row.args["channel"])

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        if refusal.error in ("message_not_found", "is_archived"):
            return {}
        return super().recover(row, call, refusal)
