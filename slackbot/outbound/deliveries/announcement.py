"""The message in the channel of an incident that lists its latest changes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from incidents import queries
from incidents.entries import Merged, MergedHere
from incidents.models import EntryKind, TimelineEntry
from jobs.tiers import Tier
from slackbot.api import limits
from slackbot.api.client import Call, Refused
from slackbot.api.mrkdwn import from_markdown, literal
from slackbot.kit.words import Mrkdwn, sentence
from slackbot.models import OutboxEntry
from slackbot.outbound.deliveries.channel import ChannelKind
from slackbot.outbound.deliveries.kind import Kind
from slackbot.outbound.deliveries.places import speaking_channel, wait_for_channel
from slackbot.outbound.deliveries.posting import FOUND, post
from slackbot.outbound.deliveries.retract import RetractKind
from slackbot.outbound.deliveries.rows import incident_of
from slackbot.rendering import render
from slackbot.rendering.snapshots import picture_of

GOES_ON: Final = sentence("merge.goes_on", "Work continues in {incident}")
CAME_FROM: Final = sentence("merge.came_from", "Earlier work is in {incident}")
UPDATE: Final = sentence("announcement.update", "📣 Update: {text}")
FINAL_UPDATE: Final = sentence("announcement.final_update", "📣 Final update: {text}")


class AnnouncementKind(Kind):
    """The latest changes, as the timeline has them now. args: entries, the primary keys of their entries"""

    name = "announcement"
    tier = Tier.RECORD
    acts_for_person = False
    waits_for = (ChannelKind.name,)
    entry_keys = ("told",)
    shows_timeline = True
    is_kept = True

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        incident = incident_of(row)
        channel = speaking_channel(incident)
        if channel is None:
            wait_for_channel(incident)
            return None
        where = row.result or {}
        wanted = [pk for pk in row.args["entries"] if pk not in where.get("left", [])]
        if not (entries := entries_of(wanted)):
            return None
        text = limits.cut(text_of(entries), limits.UPDATE_TEXT)
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

    def only_notes(self, call: Call) -> bool:
        return True

    def shows(self, row: OutboxEntry, *, entries: Collection[int], properties: Collection[str]) -> bool:
        return any(pk in entries for pk in row.args["entries"])

    def overwritten(self, row: OutboxEntry, channel: str, ts: str, now: datetime) -> Call | None:
        """Edit it, so that the other changes that it lists stay."""
        if (row.result or {}).get("ts"):
            return self.prepare(row, now)
        return super().overwritten(row, channel, ts, now)

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Leave a message that Slack no longer lets us edit as it is, and post only the changes that it lacks."""
        if call.method != "chat.update" or refusal.error not in (*RetractKind.DELETE_INSTEAD, "message_not_found"):
            return False
        row.result = {"left": (row.result or {}).get("told", row.args["entries"][:-1])}
        return True


def entries_of(wanted: Sequence[int]) -> list[TimelineEntry]:
    """Return the entries with these primary keys, as everybody in the channel may read them."""
    found = TimelineEntry.objects.filter(pk__in=wanted).select_related("actor").order_by("seq")
    return list(queries.as_read_by_everybody(list(found)))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def text_of(entries: Sequence[TimelineEntry]) -> str:
    """Return the text of an announcement, in mrkdwn."""
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
    elif (emoji := entry.details.emoji) and not entry.is_redacted:
        text = f"{emoji} {text}"
    told_already = entry.actor is None or text.startswith(literal(entry.actor.name))
    who = "" if told_already or entry.actor is None else f" · by {literal(entry.actor.name)}"
    return f"{text}{who}{_other(entry)}"


def _other(entry: TimelineEntry) -> str:
    """Return a line that locates the other incident of a merge; "" if no other incident is named, or it is private."""
    match entry.details:
        case Merged(merged_into=int(number)):
            where = GOES_ON
        case MergedHere(incident=int(number)):
            where = CAME_FROM
        case _:  # a private one is not named
            return ""
    other = queries.incident(queries.SYSTEM, number=number)
    return f"\n{where(incident=Mrkdwn(render.whereabouts(picture_of(other))))}"
