"""Who somebody is in Slack."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jobs.tiers import Tier
from slackbot.api.client import Call
from slackbot.directory import people
from slackbot.directory.people import keep_user
from slackbot.models import OutboxEntry
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.kind import Kind


class ProfileKind(Kind):
    """Ask Slack who somebody is. args: user"""

    name = "profile"
    tier = Tier.EXTRA
    acts_for_person = False

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        return Call("users.info", {"user": row.args["user"]}, reads=True)

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        keep_user(answer["user"], now=now)
        return True


def ask_for_profile(user_id: str, now: datetime) -> None:
    """Ask Slack who somebody is, once."""
    outbox.say(
        key=f"profile:{user_id}",
        kind=ProfileKind.name,
        now=now,
        args={"user": user_id},
        order_key=f"profile:{user_id}",
    )


people.on_unknown(ask_for_profile)
