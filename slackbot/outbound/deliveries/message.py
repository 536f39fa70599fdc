"""Messages of any form, and changes of messages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from jobs.tiers import Tier
from slackbot.api import limits
from slackbot.api.client import Call, Refused
from slackbot.models import OutboxEntry
from slackbot.outbound.deliveries.kind import Kind
from slackbot.outbound.deliveries.places import may_be_said_in
from slackbot.outbound.deliveries.posting import post


class MessageKind(Kind):
    """Say something in a thread, or with attachments, in any channel where we are; or change what we said there.

    args: channel, text, blocks, and perhaps thread_ts, attachments, or the ts of what is changed
    """

    name = "message"
    tier = Tier.RECORD
    acts_for_person = False
    keeps_order = True
    has_text = True

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        args = row.args
        if not may_be_said_in(row.incident, args["channel"]):
            return None
        call = post(row, args["channel"], args["text"], args["blocks"], thread_ts=args.get("thread_ts", ""))
        if args.get("attachments"):
            call.args["attachments"] = args["attachments"]
        if not args.get("ts"):
            return call
        shown = {name: value for name, value in call.args.items() if name in ("text", "blocks", "attachments")}
        return Call("chat.update", {"channel": args["channel"], "ts": args["ts"], **shown}, args["channel"])


class EditKind(Kind):
    """Change what a message of ours says. args: channel, ts, text"""

    name = "edit"
    tier = Tier.RECORD
    acts_for_person = False
    keeps_order = True
    has_text = True

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        if not may_be_said_in(row.incident, row.args["channel"]):
            return None
        text = limits.cut(row.args["text"], limits.SECTION)
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": text}}]
        args = {"channel": row.args["channel"], "ts": row.args["ts"], "text": text, "blocks": blocks}
        return Call("chat.update", args, row.args["channel"])

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """It was deleted meanwhile, or its channel closed: nobody reads it any more."""
        return {} if refusal.error in ("message_not_found", "is_archived") else None
