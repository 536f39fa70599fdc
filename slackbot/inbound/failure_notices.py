"""Tell who asked that what they asked for was given up: nobody may wait for an answer that never comes."""

from __future__ import annotations

from datetime import datetime

from slackbot.api.mrkdwn import escape
from slackbot.inbound import payloads
from slackbot.inbound.effects import whisper
from slackbot.jobs import error_summary
from slackbot.kit.contexts import Origin
from slackbot.kit.registry import registry
from slackbot.models import InboxEntry


def apologise(row: InboxEntry, *, reason: str, now: datetime) -> None:
    """Rows that nobody waits for (events, keywords, reminders) are given up in silence."""
    origin = _who_asked(row)
    if origin is None:
        return
    handler = registry.by_id.get(row.handler)
    what = f"`{handler.name}`" if handler else "That"
    why = escape(error_summary.telling_line(reason)[:200].rstrip(".")) or "no reason is known"
    text = f"❓ {what} did not work, however often it was tried: {why}. Who runs Response can see why."
    whisper(origin, text, key=f"given up:{row.key}", now=now)


def _who_asked(row: InboxEntry) -> Origin | None:
    match row.kind:
        case "mention":
            return payloads.mention(row.payload).origin
        case "direct_message":
            return Origin(payloads.mention(row.payload).origin.user_id)
        case "plugin_command":
            return payloads.revived(Origin, row.payload["origin"])
        case "background":
            return payloads.from_json(row.payload).origin
        case _:
            return None
