"""Words in a message that a handler waits for."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from incidents import access
from jobs.tiers import Tier
from slackbot.directory.people import person_for
from slackbot.inbound.effects import carry_out, whisper
from slackbot.inbound.job_kinds.kind import INCIDENT, InboxKind, inbox_kind
from slackbot.inbound.row_parts import handler_of, incident_with
from slackbot.kit.contexts import KeywordContext, Origin
from slackbot.kit.registry import Keyword
from slackbot.models import InboxEntry, LastSaid


@inbox_kind("keyword")
class KeywordKind(InboxKind):
    """A message with words that a handler waits for."""

    handles = (Keyword,)
    tier = Tier.EXTRA
    speaks = True
    has_message = True
    refers_to: Mapping[str, str] = {"incident": INCIDENT}

    def run(self, row: InboxEntry, now: datetime) -> None:
        """Let a keyword handler answer, unless it did so in this incident not long ago."""
        handler, payload = handler_of(row, Keyword), row.payload
        incident = incident_with(payload["incident"])
        actor = person_for(payload["user"], now=now)
        if not access.may(actor, access.CHANGE, incident):
            return  # it became private, or they left it, since they said so
        # Nothing is written before the handler ran: on SQLite everybody else who writes would wait for it.
        key = f"keyword:{incident.pk}:{handler.id}"
        if LastSaid.objects.filter(key=key, said_at__gt=now - handler.every).exists():
            return
        context = KeywordContext(
            now=now,
            actor=actor,
            origin=Origin(payload["user"], payload["channel"], payload["thread_ts"]),
            key=row.key,
            keyword=payload["keyword"],
            message=payload["text"],
            incident=incident,
            ts=payload.get("ts", ""),
        )
        text = handler.handler(context)
        if text:
            context.post(text)
        if context.effects.replies:
            text = "\n".join(context.effects.replies)
            blocks = context.effects.reply_blocks
            whisper(context.origin, text, key=f"{row.key}:reply", now=now, blocks=blocks, incident=incident)
        if context.effects.posts or context.effects.replies:
            LastSaid.objects.update_or_create(key=key, defaults={"said_at": now})
        carry_out(context.effects, key=row.key, origin=context.origin, incident=incident, by=context.actor, now=now)
