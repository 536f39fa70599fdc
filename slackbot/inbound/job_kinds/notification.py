"""Reminders that are due."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from jobs.tiers import Tier
from slackbot.inbound import due_reminders
from slackbot.inbound.effects import STALE, carry_out
from slackbot.inbound.job_kinds.kind import NUMBER, REMINDER, InboxKind, inbox_kind
from slackbot.inbound.row_parts import handler_of, incident_with, lasting_key
from slackbot.kit.contexts import NotificationContext
from slackbot.kit.handler_types import SKIP
from slackbot.kit.registry import Notification
from slackbot.models import InboxEntry, Reminder
from slackbot.outbound import reminders


@inbox_kind("notification")
class NotificationKind(InboxKind):
    """A reminder of an incident that is due."""

    handles = (Notification,)
    tier = Tier.EXTRA
    acts_as_person = False
    speaks = True
    is_reminder = True
    refers_to: Mapping[str, str] = {"incident": NUMBER, "reminder": REMINDER}

    def run(self, row: InboxEntry, now: datetime) -> None:
        """Ask a notification's handler whether something needs saying, and note when to ask again."""
        reminder = Reminder.objects.select_for_update().get(pk=row.payload["reminder"])
        handler = handler_of(row, Notification)
        incident = incident_with(reminder.incident_id)
        if not reminder.is_open or reminder.looks != row.payload["look"]:
            return  # ended, or asked once more since: that one speaks
        if not reminders.can_speak(incident, handler):
            reminders.choose(incident)
            return
        wait_until = reminders.wait_until(incident, handler, now=now)
        if wait_until is not None:
            reminders.ask_again(reminder, at=wait_until)
            return
        context = NotificationContext(now=now, incident=incident, turn=reminder.turn + 1, key=lasting_key(row))
        outcome = handler.handler(context)
        if outcome is SKIP:
            reminders.note_skipped(reminder, handler, now=now)
            return
        if outcome is not None:
            raise TypeError(f"A notification must return None or SKIP, not {type(outcome).__name__}")
        reminders.note_spoken(reminder, handler, now=now)
        due_reminders.add_mute_button(context.effects, incident)
        stale = now + (handler.every or STALE)
        carry_out(context.effects, key=row.key, origin=None, incident=incident, now=now, expires_at=stale)
