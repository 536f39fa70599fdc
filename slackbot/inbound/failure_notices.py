"""Tell who asked that what they asked for was given up: nobody may wait for an answer that never comes."""

from __future__ import annotations

from datetime import datetime

from jobs import error_summary
from slackbot.api.mrkdwn import escape
from slackbot.inbound.effects import whisper
from slackbot.inbound.job_kinds.kind import kind_of
from slackbot.kit.registry import registry
from slackbot.models import InboxEntry


def apologise(row: InboxEntry, *, reason: str, now: datetime) -> None:
    """Rows that nobody waits for (events, keywords, reminders) are given up in silence."""
    origin = kind_of(row.kind).who_asked(row)
    if origin is None:
        return
    handler = registry.by_id.get(row.handler)
    what = f"`{handler.name}`" if handler else "That"
    why = escape(error_summary.telling_line(reason)[:200].rstrip(".")) or "the reason is unknown"
    text = f"❓ {what} failed after several attempts: {why}. Ask your Response administrator; the log has the details."
    whisper(origin, text, key=f"given up:{row.key}", now=now)
