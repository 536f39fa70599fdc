"""The check whether an incident's channel is open."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from jobs import retries
from jobs.tiers import Tier
from slackbot.api.client import Call, Refused
from slackbot.directory import moves, workspace
from slackbot.models import CommsChannel, OutboxEntry
from slackbot.outbound import pausing
from slackbot.outbound.closures import ARCHIVED, CHECK, DELETED, LOOK_AGAIN, REMOVED, close, reopen
from slackbot.outbound.deliveries.kind import Kind, NotYet

LONGEST_WAIT: Final = 540.0  # seconds; the longest single wait of a row


class CheckKind(Kind):
    """Check the channel, and join it if it is public. `result`: join, looks, in_vain, and next (when to ask again)."""

    name = CHECK
    tier = Tier.EXTRA
    acts_for_person = False
    only_checks = True
    runs_in_closed_channel = True

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        channel = CommsChannel.of(row.incident) if row.incident is not None else None
        if channel is None:
            return None
        noted = row.result or {}
        if (wait := noted.get("next", 0) - now.timestamp()) > 0:
            raise NotYet(min(wait, LONGEST_WAIT))
        if noted.get("join"):
            return Call("conversations.join", {"channel": channel.channel_id}, channel.channel_id)
        return Call("conversations.info", {"channel": channel.channel_id}, channel.channel_id, reads=True)

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """Return what the refusal means as `closed_as`, or the channel that replaced this one as `channel`."""
        channel = CommsChannel.objects.get(incident=row.incident_id)
        if refusal.error == "is_archived":
            return {"closed_as": ARCHIVED}
        if refusal.error != "channel_not_found" or channel.is_private:
            return {"closed_as": REMOVED}
        found, place = workspace.find_channel(channel.name), workspace.present()
        is_it = found is not None and place is not None and found.get("creator") == place.bot_user_id
        return {"channel": found} if is_it else {"closed_as": DELETED}

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        noted, incident = row.result or {}, row.incident
        if incident is None:
            return True
        found = answer.get("channel") or {}
        closed_as = answer.get("closed_as") or (ARCHIVED if found.get("is_archived") else "")
        if not closed_as and call.method == "conversations.info" and not found.get("is_member"):
            row.result = {**noted, "join": True}
            return False
        channel = CommsChannel.objects.get(incident=incident)
        if found and found["id"] != channel.channel_id:
            moves.move(channel.channel_id, found["id"])
        if found and found.get("name") not in (None, channel.name):
            moves.rename(incident, found["id"], found["name"])
        if not closed_as:
            in_vain = noted.get("in_vain", 0) + 1
            row.result = {"in_vain": in_vain}
            reopen(incident, now=now, after=retries.pause(in_vain) if not channel.closed_as else timedelta(0))
            return True
        close(incident, closed_as, now=now)
        looks = noted.get("looks", 0)
        wait = LOOK_AGAIN[min(looks, len(LOOK_AGAIN) - 1)]
        row.result = {"looks": looks + 1, "next": now.timestamp() + wait}
        # If nothing is waiting, Slack's events or the next post are soon enough.
        return not pausing.rows(channel.channel_id).filter(created_at__gt=now - pausing.USEFUL_FOR).exists()

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Do nothing more: operators see the row, and the incident's people learn what is wrong with the channel."""
