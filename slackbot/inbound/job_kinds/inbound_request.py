"""Signed requests of other systems."""

from __future__ import annotations

from datetime import datetime

from slackbot.inbound.effects import carry_out
from slackbot.inbound.job_kinds.kind import InboxKind, inbox_kind
from slackbot.inbound.row_parts import handler_of
from slackbot.kit.contexts import RequestContext
from slackbot.kit.registry import Inbound
from slackbot.models import InboxEntry


@inbox_kind("inbound", background="background inbound")
class InboundRequestKind(InboxKind):
    """A request that was answered with 200: its sender relies on us."""

    handles = (Inbound,)
    acts_as_person = False
    is_promised = True
    is_request = True

    def run(self, row: InboxEntry, now: datetime) -> None:
        handler, payload = handler_of(row, Inbound), row.payload
        context = RequestContext(
            now=now,
            key=row.key,
            name=handler.name,
            json=payload.get("json"),
            text=payload.get("text", ""),
            headers=payload["headers"],
        )
        handler.handler(context)
        carry_out(context.effects, key=row.key, origin=None, incident=None, now=now)
