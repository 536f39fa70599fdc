"""Slack's events, one row for each handler."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from jobs.tiers import Tier
from people.actors import SYSTEM
from slackbot.directory import workspace
from slackbot.directory.people import person_for
from slackbot.inbound import event_payloads, inbox, payloads
from slackbot.inbound.effects import carry_out
from slackbot.inbound.job_kinds.kind import InboxKind, inbox_kind
from slackbot.inbound.our_channels import is_coming
from slackbot.inbound.places import incident_of
from slackbot.inbound.row_parts import handler_of
from slackbot.kit.event_context import EventContext
from slackbot.kit.registry import Event, Registered
from slackbot.models import InboxEntry

# What decides about access: who comes and goes, and that the channel itself became private.
MEMBERSHIP: Final = ("member_joined_channel", "member_left_channel", "channel_convert_to_private")
# Changes of the channel itself. A workspace owner can make them without being able to see the incident.
OF_CHANNELS: Final = (
    *("channel_archive", "channel_unarchive", "channel_deleted"),
    *("group_archive", "group_unarchive", "group_deleted"),
)


@inbox_kind("event")
class SlackEventKind(InboxKind):
    """One event for one of its handlers."""

    handles = (Event,)
    tier = Tier.RECORD
    has_message = True

    def tier_for(self, handler: Registered | None) -> Tier:
        is_extra = isinstance(handler, Event) and handler.extra
        return Tier.EXTRA if is_extra else super().tier_for(handler)

    def run(self, row: InboxEntry, now: datetime) -> None:
        raw, handler = row.payload, handler_of(row, Event)
        actor_id = payloads.actor_of(raw)
        actor = person_for(actor_id, now=now) if actor_id else None
        # These are heard from everybody, also from an owner who isn't in the incident. Others count as somebody's act.
        decides = raw.get("type") in (*MEMBERSHIP, *OF_CHANNELS) or raw.get("subtype") in MEMBERSHIP
        viewer = SYSTEM if actor is None or decides else actor
        incident = incident_of(payloads.channel_of(raw), viewer=viewer)
        for_headlines = incident is None and workspace.is_for_headlines(payloads.channel_of(raw))
        if not handler.hears(is_incidents=incident is not None, is_for_headlines=for_headlines):
            if is_coming(payloads.channel_of(raw)):
                raise inbox.NotYet
            return
        event = event_payloads.read(raw, wanted=handler.classes)
        context = EventContext(now=now, incident=incident, actor=actor, event=event, key=row.key)
        handler.handler(context)
        carry_out(context.effects, key=row.key, origin=None, incident=incident, by=context.actor, now=now)
