"""Post an incident's changes to its channel in few messages: one lists the latest changes, and is edited.

A change that somebody typed in the channel already has its check mark there and is not repeated. Otherwise a new
message is posted when people would miss an edit: when the incident ends or is reopened, and when the last message is
a while back and people have written since. The notice of the new topic shows at once that the severity rises.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any, Final

from django.db.models.signals import post_save
from django.dispatch import receiver

from incidents import queries
from incidents.models import EntryKind, Incident, Participant, TimelineEntry
from slackbot.api import limits
from slackbot.api.client import Call, Refused
from slackbot.api.mrkdwn import from_markdown, literal
from slackbot.kit.words import Mrkdwn, sentence
from slackbot.models import CommsChannel, LastSaid, OutboxEntry
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.kind import Kind, register
from slackbot.outbound.deliveries.messages import FOUND, post
from slackbot.outbound.deliveries.names import ANNOUNCEMENT
from slackbot.outbound.deliveries.places import order_of_channel, speaking_channel, wait_for_channel, was_cleared_after
from slackbot.outbound.deliveries.retract import RetractKind
from slackbot.outbound.deliveries.rows import incident_of
from slackbot.rendering import render
from slackbot.rendering.snapshots import picture_of

GOES_ON: Final = sentence("merge.goes_on", "Go on there: {incident}")
CAME_FROM: Final = sentence("merge.came_from", "Until now it was worked on here: {incident}")
UPDATE: Final = sentence("announcement.update", "📣 Update: {text}")
FINAL_UPDATE: Final = sentence("announcement.final_update", "📣 Final update: {text}")

MOST: Final = 15  # changes in a message
# A message is edited for this long even if people write after it; longer if nobody does.
SOON: Final = timedelta(minutes=10)
LATER: Final = timedelta(minutes=20)
ALONE: Final = timedelta(hours=1)
ENDS: Final = (*EntryKind.endings(), EntryKind.REOPENED)
STATE: Final = (EntryKind.STATUS_CHANGED, EntryKind.SEVERITY_CHANGED, EntryKind.LEAD_ASSIGNED, EntryKind.UPDATE_POSTED)
NAMES_ANOTHER: Final[Mapping[str, str]] = {EntryKind.MERGED: "merged_into", EntryKind.MERGED_HERE: "incident"}
# Changes that are not repeated after somebody typed them in the channel.
SEEN: Final = (
    *STATE,
    EntryKind.LEAD_REMOVED,
    EntryKind.ROLE_ASSIGNED,
    EntryKind.ROLE_REMOVED,
    EntryKind.FIELD_CHANGED,
)

_made: Final[ContextVar[list[int] | None]] = ContextVar("made", default=None)


def announce(incident: Incident, entry: TimelineEntry, *, now: datetime) -> None:
    """Post a change in the channel, under the incident's lock. The welcome message has what came before it."""
    if _was_seen(entry):
        return
    last = OutboxEntry.objects.filter(incident=incident, kind=ANNOUNCEMENT).order_by("-pk").first()
    if last is not None and _may_be_edited(last, incident, entry, now):
        outbox.extend(last, args={"entries": [*last.args["entries"], entry.pk]})
        return
    outbox.say(
        key=f"told:{entry.pk}",
        kind=ANNOUNCEMENT,
        now=now,
        args={"entries": [entry.pk]},
        order_key=order_of_channel(incident),
        incident=incident,
    )


@contextmanager
def watching() -> Iterator[list[int]]:
    """Yield a list that collects the primary keys of the timeline entries made inside, not those of other requests."""
    made: list[int] = []
    token = _made.set(made)
    try:
        yield made
    finally:
        _made.reset(token)


@receiver(post_save, sender=TimelineEntry)
def _note_made(*, instance: TimelineEntry, created: bool, **_: Any) -> None:
    made = _made.get()
    if created and made is not None:
        made.append(instance.pk)


def note_seen(made: Sequence[int], *, channel_id: str, now: datetime) -> None:
    """Record that everybody in this channel saw the command that made these entries."""
    here = TimelineEntry.objects.filter(incident__comms_channel__channel_id=channel_id)
    seen = here.filter(pk__in=made, kind__in=SEEN).values_list("pk", flat=True)
    LastSaid.objects.bulk_create([LastSaid(key=_seen_key(pk), said_at=now) for pk in seen], ignore_conflicts=True)


def _was_seen(entry: TimelineEntry) -> bool:
    return entry.kind in SEEN and LastSaid.objects.filter(key=_seen_key(entry.pk)).exists()


def has_own_post(entry: TimelineEntry) -> bool:
    """Return whether an older version posted the change separately: no command or announcement shows it."""
    rows = OutboxEntry.objects.filter(incident=entry.incident_id, kind=ANNOUNCEMENT)
    return not _was_seen(entry) and not any(entry.pk in row.args["entries"] for row in rows)


def _seen_key(entry: int) -> str:
    return f"{outbox.COMMAND}{entry} seen"


def _may_be_edited(last: OutboxEntry, incident: Incident, entry: TimelineEntry, now: datetime) -> bool:
    """Return whether people would see the change if it were added to the last message."""
    if last.given_up_at is not None or len(last.args["entries"]) >= MOST:
        return False
    if len(_text(_entries([*last.args["entries"], entry.pk]))) > limits.UPDATE_TEXT:
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


class AnnouncementKind(Kind):
    """The latest changes, as the timeline has them now. args: entries, the primary keys of their entries"""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = incident_of(row)
        channel = speaking_channel(incident)
        if channel is None:
            wait_for_channel(incident)
            return None
        where = row.result or {}
        wanted = [pk for pk in row.args["entries"] if pk not in where.get("left", [])]
        if not (entries := _entries(wanted)):
            return None
        text = limits.cut(_text(entries), limits.UPDATE_TEXT)
        if not where.get("ts"):
            return post(row, channel.channel_id, text, [])
        if where["channel"] != channel.channel_id or where.get("drawn") == _digest(text):
            return None
        return Call("chat.update", {"channel": where["channel"], "ts": where["ts"], "text": text}, where["channel"])

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        ts = call.args.get("ts") or str(answer["ts"])
        told = {"drawn": _digest(call.args["text"]), "told": row.args["entries"]}
        row.result = {**(row.result or {}), "channel": call.channel, "ts": ts, **told}
        if FOUND in answer:  # an earlier attempt posted what had happened by then
            row.result |= {"drawn": "", "told": row.args["entries"][:1]}
            return False
        return True

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Leave a message that Slack no longer lets us edit as it is, and post only the changes that it lacks."""
        if call.method != "chat.update" or refusal.error not in (*RetractKind.DELETE_INSTEAD, "message_not_found"):
            return False
        row.result = {"left": (row.result or {}).get("told", row.args["entries"][:-1])}
        return True


def _entries(wanted: Sequence[int]) -> list[TimelineEntry]:
    found = TimelineEntry.objects.filter(pk__in=wanted).select_related("actor").order_by("seq")
    return list(queries.as_read_by_everybody(list(found)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _text(entries: Sequence[TimelineEntry]) -> str:
    lines = [_line(entry) for entry in entries]
    if len(lines) == 1:
        return lines[0]
    return "\n".join(f"{_clock(entry.recorded_at)}  {line}" for entry, line in zip(entries, lines, strict=True))


def _clock(moment: datetime) -> str:
    return f"<!date^{int(moment.timestamp())}^{{time}}|{moment:%H:%M} UTC>"


def _line(entry: TimelineEntry) -> str:
    text = from_markdown(entry.text)
    if entry.kind == EntryKind.UPDATE_POSTED and not entry.is_redacted:
        text = (FINAL_UPDATE if entry.data.get("final") else UPDATE)(text=Mrkdwn(text))
    told_already = entry.actor is None or text.startswith(literal(entry.actor.name))
    who = "" if told_already or entry.actor is None else f" · by {literal(entry.actor.name)}"
    return f"{text}{who}{_other(entry)}"


def _other(entry: TimelineEntry) -> str:
    """Return a line that locates the other incident of a merge; "" if no other incident is named, or it is private."""
    name = NAMES_ANOTHER.get(entry.kind)
    if name is None or entry.data.get(name) is None:  # a private one is not named
        return ""
    other = queries.incident(queries.RESPONSE, number=entry.data[name])
    where = GOES_ON if entry.kind == EntryKind.MERGED else CAME_FROM
    return f"\n{where(incident=Mrkdwn(render.whereabouts(picture_of(other))))}"


register(ANNOUNCEMENT, AnnouncementKind())
