"""Plugins that may refuse a change to an incident."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from incidents import queries
from people.errors import Refusal
from people.models import Person
from slackbot.inbound.job_kinds.kind import AwaitedKind, inbox_kind
from slackbot.inbound.row_parts import handler_of
from slackbot.kit.contexts import VetoContext
from slackbot.kit.registry import Veto
from slackbot.models import InboxEntry


@inbox_kind("veto")
class VetoKind(AwaitedKind):
    """A change that a plugin is asked about before it is made."""

    acts_as_person = False

    def run(self, row: InboxEntry, now: datetime) -> None:
        row.answer = {"refuses": refusal(handler_of(row, Veto), row.payload, now)}


def refusal(handler: Veto, payload: Mapping[str, Any], now: datetime) -> str:
    """Return the sentence with which a handler refuses a change, or ""."""
    context = VetoContext(
        now=now,
        incident=queries.incident(queries.SYSTEM, number=payload["incident"]),
        actor=Person.objects.get(pk=payload["actor"]),
        kind=payload["kind"],
        text=payload["text"],
        data=payload["data"],
    )
    try:
        with transaction.atomic():
            said = handler.handler(context)
            transaction.set_rollback(True)  # it reads only
    except Refusal as refused:
        return refused.message
    if said is not None and not isinstance(said, str):
        raise TypeError(f"A veto must return a sentence or None, not {type(said).__name__}")
    return said or ""
