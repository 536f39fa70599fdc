"""Scheduled work of plugins: once, or periodically."""

from __future__ import annotations

from datetime import datetime

from incidents import access
from slackbot.inbound.effects import carry_out
from slackbot.inbound.job_kinds.kind import InboxKind, inbox_kind
from slackbot.inbound.row_parts import handler_of, incident_with, lasting_key
from slackbot.kit.contexts import LaterContext, PeriodicContext
from slackbot.kit.registry import Periodic, ScheduledWork
from slackbot.models import InboxEntry, Scheduled


@inbox_kind("later", background="background later")
class LaterKind(InboxKind):
    """Work that somebody asked for earlier."""

    handles = (ScheduledWork,)
    acts_as_person = False  # `Scheduled.asked_by` names the person, if there is one
    is_promised = True

    def run(self, row: InboxEntry, now: datetime) -> None:
        """Run what somebody asked for earlier, unless it is about an incident that they may no longer change."""
        handler = handler_of(row, ScheduledWork)
        planned = Scheduled.objects.select_related("asked_by").get(pk=row.payload["scheduled"])
        incident = incident_with(planned.incident_id) if planned.incident_id is not None else None
        actor = planned.asked_by
        if actor is not None and incident is not None and not access.may(actor, access.CHANGE, incident):
            return
        context = LaterContext(now=now, key=lasting_key(row), data=planned.data, incident=incident, actor=actor)
        handler.handler(context)
        carry_out(context.effects, key=row.key, origin=None, incident=incident, by=actor, now=now)


@inbox_kind("periodic", background="background periodic")
class PeriodicKind(InboxKind):
    """One turn of periodic work."""

    handles = (Periodic,)
    acts_as_person = False

    def run(self, row: InboxEntry, now: datetime) -> None:
        context = PeriodicContext(now=now, key=lasting_key(row))
        handler_of(row, Periodic).handler(context)
        carry_out(context.effects, key=row.key, origin=None, incident=None, now=now)
