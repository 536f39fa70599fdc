"""When a notification is due. A reminder is a row with a `due_at`: what is not due costs nothing.

What is due is handed to its handler: see `slackbot.inbound.due_reminders`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models import BigAutoField, DateTimeField, F, QuerySet, Value
from django.db.models.functions import Concat

from incidents.models import Incident
from jobs import unknown_kinds
from jobs.compiled_queries import Slot, Update
from slackbot.kit.registry import Notification, registry
from slackbot.models import CommsChannel, Reminder
from slackbot.outbound import topics

LOOK_AGAIN: Final = timedelta(minutes=5)  # after one that had nothing to say yet; later ones are rarer
LOOK_AT_LEAST: Final = timedelta(hours=6)


def begin(incident: Incident, *, opened_at: datetime) -> None:
    """Note when each notification of a newly opened, or reopened, incident is due."""
    notifications = registry.notifications.values()
    due = {each.id: _in_hours(each, opened_at + each.after) for each in notifications}
    known = set(incident.reminders.values_list("handler", flat=True))
    Reminder.objects.bulk_create(
        Reminder(incident=incident, handler=each.id, due_at=due[each.id], is_open=can_speak(incident, each))
        for each in notifications
        if each.id not in known
    )
    for handler in known & due.keys():
        again = incident.reminders.filter(handler=handler)
        again.update(turn=0, skips=0, due_at=due[handler], is_open=False, looks=F("looks") + 1)
    if known:
        choose(incident)


def choose(incident: Incident) -> None:
    """Wait for what can be said now, and for nothing else: a report is not asked about every few minutes."""
    changed: dict[bool, list[int]] = {}
    for reminder in _known(incident.reminders.all()):
        handler = registry.notifications[reminder.handler]
        is_open = reminder.turn < handler.times and can_speak(incident, handler)
        if reminder.is_open != is_open:
            changed.setdefault(is_open, []).append(reminder.pk)
    for is_open, those in changed.items():
        Reminder.objects.filter(pk__in=those).update(is_open=is_open)


def can_speak(incident: Incident, notification: Notification) -> bool:
    wanted = incident.is_open and incident.kind in notification.kinds
    channel = CommsChannel.of(incident)
    return wanted and channel is not None and not channel.closed_as


def end(incident: Incident) -> None:
    incident.reminders.exclude(handler=topics.TOPIC).update(is_open=False)


def due(now: datetime) -> list[Reminder]:
    """Return those that are due, the oldest first, scheduled topics among them."""
    rows = _known(Reminder.objects.filter(is_open=True, due_at__lte=now), and_=(topics.TOPIC,))
    return list(rows.select_related("incident").order_by("due_at")[:100])


def overdue(since: datetime) -> QuerySet[Reminder]:
    """Those that should have been looked at before then. Whose handler is not known here, another version looks at."""
    return _known(Reminder.objects.filter(is_open=True, due_at__lt=since))


def end_forgotten(now: datetime) -> list[Reminder]:
    """End those that nobody has known for long, and return them: their plugin is gone."""
    late = Reminder.objects.filter(is_open=True, due_at__lt=now - unknown_kinds.UNKNOWN_FOR)
    gone = list(late.exclude(handler__in=[*registry.notifications, topics.TOPIC]).select_related("incident"))
    return [each for each in gone if Reminder.objects.filter(pk=each.pk, due_at=each.due_at).update(is_open=False)]


def _known(rows: QuerySet[Reminder], *, and_: Collection[str] = ()) -> QuerySet[Reminder]:
    """While two versions run side by side, each leaves to the other what only that one knows."""
    # An expression, as SQLite would look for each handler's instead, and read all that are not due yet.
    return rows.annotate(name=Concat("handler", Value(""))).filter(name__in=[*registry.notifications, *and_])


def wait_until(incident: Incident, notification: Notification, *, now: datetime) -> datetime | None:
    """Return when to ask later instead of now: people sleep, or asked for quiet. None to ask now."""
    channel = CommsChannel.objects.get(incident=incident)
    if channel.quiet_until is not None and channel.quiet_until > now:
        return _in_hours(notification, channel.quiet_until)
    opening = _in_hours(notification, now)
    return opening if opening > now else None


def ask_again(reminder: Reminder, *, at: datetime) -> None:
    Reminder.objects.filter(pk=reminder.pk).update(due_at=at)


def note_spoken(reminder: Reminder, notification: Notification, *, now: datetime) -> None:
    turn = reminder.turn + 1
    due_at = _in_hours(notification, now + (notification.every or LOOK_AGAIN))
    is_open = turn < notification.times
    Reminder.objects.filter(pk=reminder.pk).update(turn=turn, skips=0, due_at=due_at, is_open=is_open)


def note_skipped(reminder: Reminder, notification: Notification, *, now: datetime) -> None:
    """A turn in which nothing needed saying is not used up. Whoever never has anything to say is asked ever less."""
    pause = min(LOOK_AGAIN * 2 ** min(reminder.skips, 10), LOOK_AT_LEAST)
    due_at = _in_hours(notification, now + pause)
    Reminder.objects.filter(pk=reminder.pk).update(skips=reminder.skips + 1, due_at=due_at)


def look_again_soon(incident: Incident, *, now: datetime) -> None:
    """Something happened: what had nothing to say may have now."""
    soon = now + LOOK_AGAIN
    _LOOK_AGAIN.run(incident=incident.pk, soon=soon)


def _look_again() -> tuple[QuerySet[Reminder], dict[str, Any]]:
    soon = Slot("soon", DateTimeField())
    skipped = Reminder.objects.filter(incident=Slot("incident", BigAutoField()), is_open=True, skips__gt=0)
    return skipped.filter(due_at__gt=soon), {"due_at": soon, "skips": 0}


_LOOK_AGAIN: Final = Update(_look_again)


def _in_hours(notification: Notification, moment: datetime) -> datetime:
    return notification.hours.next_open(moment) if notification.hours else moment
