"""Post an incident's changes to its channel in few messages: one lists the latest changes, and is edited.

A change that somebody typed in the channel already has its check mark there and is not repeated. Otherwise a new
message is posted when people would miss an edit: when the incident ends or is reopened, and when the last message is
a while back and people have written since. The notice of the new topic shows at once that the severity rises.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import CharField, DateTimeField, Value
from django.db.models.functions import Cast, Concat
from django.db.models.signals import post_save
from django.dispatch import receiver

from incidents.models import EntryKind, Incident, Participant, TimelineEntry
from slackbot.api import limits
from slackbot.models import CommsChannel, LastSaid, OutboxEntry
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.announcement import AnnouncementKind, entries_of, text_of
from slackbot.outbound.deliveries.places import order_of_channel, was_cleared_after

MOST: Final = 15  # changes in a message
# A message is edited for this long even if people write after it; longer if nobody does.
SOON: Final = timedelta(minutes=10)
LATER: Final = timedelta(minutes=20)
ALONE: Final = timedelta(hours=1)
ENDS: Final = (*EntryKind.endings(), EntryKind.REOPENED)
STATE: Final = (EntryKind.STATUS_CHANGED, EntryKind.SEVERITY_CHANGED, EntryKind.LEAD_ASSIGNED, EntryKind.UPDATE_POSTED)
# Changes that are not repeated after somebody typed them in the channel.
SEEN: Final = (
    *STATE,
    EntryKind.LEAD_REMOVED,
    EntryKind.ROLE_ASSIGNED,
    EntryKind.ROLE_REMOVED,
    EntryKind.FIELD_CHANGED,
)

_LAST_SAID: Final = "slackbot_lastsaid"
_made: Final[ContextVar[list[TimelineEntry] | None]] = ContextVar("made", default=None)


def announce(incident: Incident, entry: TimelineEntry, *, now: datetime) -> None:
    """Post a change in the channel, under the incident's lock. The welcome message has what came before it."""
    if _was_seen(entry):
        return
    last = OutboxEntry.objects.filter(incident=incident, kind=AnnouncementKind.name).order_by("-pk").first()
    if last is not None and _may_be_edited(last, incident, entry, now):
        outbox.extend(last, args={"entries": [*last.args["entries"], entry.pk]})
        return
    outbox.say(
        key=f"told:{entry.pk}",
        kind=AnnouncementKind.name,
        now=now,
        args={"entries": [entry.pk]},
        order_key=order_of_channel(incident),
        incident=incident,
    )


@contextmanager
def watching() -> Iterator[list[TimelineEntry]]:
    """Yield a list that collects the timeline entries made inside, not those of other requests."""
    made: list[TimelineEntry] = []
    token = _made.set(made)
    try:
        yield made
    finally:
        _made.reset(token)


@receiver(post_save, sender=TimelineEntry)
def _note_made(*, instance: TimelineEntry, created: bool, **_: Any) -> None:
    made = _made.get()
    if created and made is not None:
        made.append(instance)


def note_seen(made: Sequence[TimelineEntry], *, here: Incident, now: datetime) -> None:
    """Record that everybody in the channel of the incident `here` saw the command that made these entries."""
    seen = [entry.pk for entry in made if entry.incident_id == here.pk and entry.kind in SEEN]
    if not seen:
        return
    # Those that are still there: a handler may have caught a refusal that undid one, and SQLite gives its key again.
    there = TimelineEntry.objects.filter(pk__in=seen, kind__in=SEEN, incident=here).order_by()
    keys = Concat(Value(outbox.COMMAND), Cast("pk", CharField()), Value(" seen"))
    sql, params = there.values_list(keys, Value(now, DateTimeField())).query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {_LAST_SAID} (key, said_at) {sql} ON CONFLICT DO NOTHING", params)


def _was_seen(entry: TimelineEntry) -> bool:
    return entry.kind in SEEN and LastSaid.objects.filter(key=_seen_key(entry.pk)).exists()


def has_own_post(entry: TimelineEntry) -> bool:
    """Return whether an older version posted the change separately: no command or announcement shows it."""
    rows = OutboxEntry.objects.filter(incident=entry.incident_id, kind=AnnouncementKind.name)
    return not _was_seen(entry) and not any(entry.pk in row.args["entries"] for row in rows)


def _seen_key(entry: int) -> str:
    return f"{outbox.COMMAND}{entry} seen"


def _may_be_edited(last: OutboxEntry, incident: Incident, entry: TimelineEntry, now: datetime) -> bool:
    """Return whether people would see the change if it were added to the last message."""
    if last.given_up_at is not None or len(last.args["entries"]) >= MOST:
        return False
    if len(text_of(entries_of([*last.args["entries"], entry.pk]))) > limits.UPDATE_TEXT:
        return False
    channel = CommsChannel.of(incident)
    if was_cleared_after(last):
        return False
    if last.result is None:  # it is still to be posted; or it may be there already, and an edit notifies nobody
        may_be_there = last.lease_until is not None or last.asked_at is not None
        return last.is_open and not (may_be_there and entry.kind in ENDS)
    if channel is None or last.result.get("channel") != channel.channel_id or not last.result.get("ts"):
        return False
    if entry.kind in ENDS:
        return False
    age = now - last.created_at
    wrote_since = Participant.objects.filter(incident=incident, last_seen_at__gt=last.created_at).exists()
    window = (SOON if entry.kind in STATE else LATER) if wrote_since else ALONE
    return age < window
