"""Posts in the channel of an incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from incidents.models import Incident, TimelineEntry
from jobs.tiers import Tier
from slackbot.api.client import Call
from slackbot.api.mrkdwn import from_markdown, literal
from slackbot.kit.effects import Post
from slackbot.models import CommsChannel, OutboxEntry
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.channel import ChannelKind
from slackbot.outbound.deliveries.kind import KINDS, Kind, kinds_where
from slackbot.outbound.deliveries.message import EditKind
from slackbot.outbound.deliveries.places import order_of_channel, speaking_channel, wait_for_channel
from slackbot.outbound.deliveries.posting import post
from slackbot.outbound.deliveries.rows import incident_of


class PostKind(Kind):
    """Say something in the incident's channel, as soon as there is one.

    args: text, blocks, thread_ts, until, and thread_in: the channel that the thread is in
    """

    name = "post"
    tier = Tier.RECORD
    acts_for_person = False
    waits_for = (ChannelKind.name,)
    has_text = True
    entry_keys = ("told", "owns")

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        channel = speaking_channel(incident_of(row))
        if channel is not None:
            args = row.args
            # A thread stays in the channel where it was when the work moves.
            moved = args.get("thread_in", channel.channel_id) != channel.channel_id
            thread_ts = "" if moved else args["thread_ts"]
            return post(row, channel.channel_id, args["text"], args["blocks"], thread_ts=thread_ts)
        wait_for_channel(incident_of(row))
        return None

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        row.result = {"channel": call.channel, "ts": answer["ts"]}
        return True

    def only_notes(self, call: Call) -> bool:
        return True


class PromptKind(PostKind):
    """A post that waits for what will answer it. Then it is edited to say so."""

    name = "prompt"
    answered_as = PostKind.name


def say_in_channel(
    incident: Incident, post: Post, *, key: str, now: datetime, expires_at: datetime | None = None
) -> None:
    """Say something in an incident's channel, once; when it is still being made, as soon as it is there."""
    args = {
        "text": post.text,
        "blocks": [block.to_dict() for block in post.blocks],
        "thread_ts": post.thread_ts,
        "until": list(post.until),
    }
    channel = CommsChannel.of(incident) if post.thread_ts else None
    if channel is not None:
        args["thread_in"] = channel.channel_id
    outbox.say(
        key=key,
        kind=PromptKind.name if post.until else PostKind.name,
        now=now,
        args=args,
        order_key=order_of_channel(incident),
        incident=incident,
        expires_at=expires_at,
    )


def settle_prompts(incident: Incident, news: Sequence[TimelineEntry], *, now: datetime) -> None:
    """Edit the messages that waited for what now has happened, to say by whom. One not said yet need not be."""
    waiting = kinds_where(lambda kind: kind.answered_as)
    for row in OutboxEntry.objects.filter(incident=incident, kind__in=waiting, given_up_at=None):
        on_its_way = row.result is None and (row.asked_at is not None or row.lease_until is not None)
        entry = next((entry for entry in news if entry.kind in row.args["until"]), None)
        if on_its_way or entry is None:
            continue
        # Answered, it is a post like any other: however many there were, only those that wait are looked at.
        OutboxEntry.objects.filter(pk=row.pk).update(kind=KINDS[row.kind].answered_as)
        if row.result is not None:
            _say_answered(incident, row, entry, now=now)
        else:
            OutboxEntry.objects.filter(pk=row.pk, lease_until=None).update(
                is_open=False, closed_at=now, error="Answered before it was posted"
            )


def _say_answered(incident: Incident, row: OutboxEntry, entry: TimelineEntry, *, now: datetime) -> None:
    who = f" · by {literal(entry.actor.name)}" if entry.actor else ""
    asked = next(iter(row.args["text"].splitlines()), "")
    text = f"✅ ~{asked}~\n" if asked else "✅ "
    text += f"{from_markdown(entry.text)}{who}"
    outbox.say(
        key=f"settled:{row.pk}",
        kind=EditKind.name,
        now=now,
        args={**(row.result or {}), "text": text},
        order_key=f"edit:{row.pk}",
        incident=incident,
    )
