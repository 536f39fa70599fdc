"""When a notification is due. A reminder is a row with a `due_at`: what is not due costs nothing.

What is due is claimed by a conditional update and handed to the inbox in the same transaction, so any number of
schedulers asks once; the inbox then runs the handler like any other.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import F
from slack_sdk.models.blocks import ActionsBlock, ButtonElement, SectionBlock

from incidents.models import Incident
from slackbot import inbox, limits, switches
from slackbot.contexts import Effects, Post
from slackbot.models import CommsChannel, Reminder
from slackbot.registry import Notification, registry
from slackbot.words import sentence

LOOK_AGAIN: Final = timedelta(minutes=5)  # after a single notification that had nothing to say yet
QUIET_BUTTON: Final = sentence("button.quiet", "🔕 Quiet for an hour", limit=limits.BUTTON)
QUIET_ACTION: Final = "quiet-reminders"


def begin(incident: Incident, *, opened_at: datetime) -> None:
    """Note when each notification of a newly opened, or reopened, incident is due."""
    notifications = registry.notifications.values()
    due = {each.id: _in_hours(each, opened_at + each.after) for each in notifications}
    known = set(incident.reminders.values_list("handler", flat=True))
    new = [Reminder(incident=incident, handler=id_, due_at=due_at) for id_, due_at in due.items() if id_ not in known]
    Reminder.objects.bulk_create(new)
    for handler in known & due.keys():
        again = incident.reminders.filter(handler=handler)
        again.update(turn=0, due_at=due[handler], is_open=True, looks=F("looks") + 1)


def end(incident: Incident) -> None:
    incident.reminders.update(is_open=False)


def hand_over_due(now: datetime) -> int:
    """Give what is due to the inbox; return how many."""
    due = list(Reminder.objects.filter(is_open=True, due_at__lte=now).order_by("due_at")[:100])
    if due and switches.reminders_are_off():
        return 0
    return sum(_hand_over(reminder, now) for reminder in due)


@transaction.atomic
def _hand_over(reminder: Reminder, now: datetime) -> bool:
    handler = registry.notifications.get(reminder.handler)
    claim = Reminder.objects.filter(pk=reminder.pk, due_at=reminder.due_at, is_open=True)
    if handler is None:  # its plugin is gone
        claim.update(is_open=False)
        return False
    # Should this look come to nothing (its handler is given up, say), there is a next one.
    again = now + max(handler.every or LOOK_AGAIN, LOOK_AGAIN)
    if not claim.update(due_at=again, looks=F("looks") + 1):
        return False
    inbox.hand_over(
        "notification",
        {"reminder": reminder.pk, "look": reminder.looks + 1},
        key=f"reminder:{reminder.pk}:{reminder.looks + 1}",
        order_key=f"reminders:{reminder.incident_id}",
        handler=handler,
        now=now,
    )
    return True


def wait_until(incident: Incident, notification: Notification, *, now: datetime) -> datetime | None:
    """Return when to ask later instead of now: people sleep, or asked for quiet. None to ask now."""
    if not incident.is_open or incident.kind not in notification.kinds:
        return now + LOOK_AGAIN
    channel = CommsChannel.objects.filter(incident=incident).first()
    if channel is None or switches.reminders_are_off():
        return now + LOOK_AGAIN
    if channel.quiet_until is not None and channel.quiet_until > now:
        return channel.quiet_until
    opening = _in_hours(notification, now)
    return opening if opening > now else None


def ask_again(reminder: Reminder, *, at: datetime) -> None:
    Reminder.objects.filter(pk=reminder.pk).update(due_at=at)


def note_outcome(reminder: Reminder, notification: Notification, *, spoke: bool, now: datetime) -> None:
    """A turn in which nothing needed saying is not used up."""
    turn = reminder.turn + (1 if spoke else 0)
    finished = turn >= notification.times
    due_at = _in_hours(notification, now + (notification.every or LOOK_AGAIN))
    Reminder.objects.filter(pk=reminder.pk).update(turn=turn, due_at=due_at, is_open=not finished)


def add_mute_button(effects: Effects) -> None:
    """Every reminder can be silenced where it stands."""
    button = ButtonElement(text=QUIET_BUTTON.plain(), action_id=QUIET_ACTION, value="60")
    effects.posts = [
        Post(
            post.text,
            [*(post.blocks or [SectionBlock(text=post.text)]), ActionsBlock(elements=[button])],
            post.thread_ts,
            post.until,
        )
        for post in effects.posts
    ]


def _in_hours(notification: Notification, moment: datetime) -> datetime:
    return notification.hours.next_open(moment) if notification.hours else moment
