"""The channel where headlines go: find it, be in it, and note when nothing can be posted there."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import transaction
from django.db.models import F

from incidents import queries, services
from incidents.models import Link
from jobs import retries, wakeup
from slackbot.api import client, limits, rate_limits
from slackbot.directory import workspace
from slackbot.models import OutboxEntry, Workspace
from slackbot.outbound import outbox
from slackbot.outbound.deliveries.kind import kinds_where

logger = logging.getLogger(__name__)

KIND: Final = "headline channel"  # the kind, and the key, of the row that looks for it
LOOK_LATER: Final = timedelta(minutes=1)


def note_refusal(place: Workspace, error: str, *, refusals: int, now: datetime) -> None:
    """Note that Slack refused a headline, and have the channel looked for: later each time that nothing was wrong."""
    Workspace.objects.filter(pk=place.pk).update(headlines_trouble=error[:100], headlines_trouble_at=now)
    workspace.forget_present()
    look_again(now=now, after=retries.pause(refusals) if refusals > 1 else timedelta(0))


def look_again(*, now: datetime, after: timedelta = timedelta(0)) -> None:
    """Have the headline channel looked for soon: it is not as it was."""
    row = outbox.entry(
        key=KIND,
        kind=KIND,
        now=now,
        args={},
        order_key=KIND,
    )
    outbox.store([row])
    again = {"is_open": True, "closed_at": None, "given_up_at": None, "attempts": 0, "failures": 0}
    OutboxEntry.objects.filter(key=KIND, is_open=False).update(**again, created_at=now)
    OutboxEntry.objects.filter(key=KIND).update(wanted=F("wanted") + 1, not_before=now + after)


def note_change(channel_id: str, *, now: datetime) -> None:
    """Have the channel looked for if this is the one: people changed it in Slack."""
    if workspace.is_for_headlines(channel_id):
        look_again(now=now)


def look_for(place: Workspace, *, now: datetime) -> bool:
    """Find the channel where headlines go, and be in it; return False when they cannot be posted, and note why.

    A channel that was found once is known by its id, whatever its name is now, as long as INCIDENT_CHANNEL is the same.
    Raise a `SlackProblem` that is no refusal.
    """
    old, old_name = place.incident_channel_id, place.headlines_channel
    try:
        channel, trouble = _found(place)
    except (client.Refused, client.LockedOut) as refusal:
        channel, trouble = None, str(refusal).partition(" ")[0]
    if channel is not None:
        place.incident_channel_id, place.headlines_channel = str(channel["id"]), str(channel["name"])[:80]
        place.headlines_is_private = bool(channel.get("is_private"))
    if channel is not None or workspace.CHANNEL_ID.fullmatch(settings.INCIDENT_CHANNEL):
        place.headlines_named = settings.INCIDENT_CHANNEL[:100]
    if trouble != place.headlines_trouble or not trouble:
        place.headlines_trouble, place.headlines_trouble_at = trouble[:100], now if trouble else None
        if trouble:
            logger.warning("%s %s", *workspace.headline_trouble(place))
    with transaction.atomic():
        place.save(update_fields=FIELDS)
        if old and place.headlines_channel not in ("", old_name):
            label = f"Headline in #{place.headlines_channel}"
            services.relabel_links(
                kind=Link.HEADLINE, under=workspace.channel_link(place.incident_channel_id), label=label
            )
        if not trouble:
            _wake_headlines(drawn_again=bool(old) and old != place.incident_channel_id, now=now)
    workspace.forget_present()
    return not trouble


FIELDS: Final = (
    "incident_channel_id",
    "headlines_named",
    "headlines_channel",
    "headlines_is_private",
    "headlines_trouble",
    "headlines_trouble_at",
)


def _found(place: Workspace) -> tuple[dict[str, Any] | None, str]:
    """Return Slack's channel object, if we see one, and Slack's error if we cannot post there."""
    wanted = settings.INCIDENT_CHANNEL
    is_id = workspace.CHANNEL_ID.fullmatch(wanted) is not None
    # One that was found is followed: its name, and its id when it is shared, may be others by now.
    followed = place.incident_channel_id if place.headlines_named == wanted else ""
    known = followed or (wanted if is_id else "")
    channel = _channel_by_id(known) if known else None
    if not is_id and (channel is None or channel.get("is_archived")):
        channel = workspace.find_channel(wanted) or channel
        if channel is None and known and place.headlines_is_private:
            return None, "channel_not_found"  # nor do we make a public one in its place
        channel = channel or _make(wanted)
    if channel is None:
        return None, "channel_not_found"
    if channel.get("is_archived"):
        return channel, "is_archived"
    if not channel.get("is_member"):
        try:
            rate_limits.call("conversations.join", {"channel": channel["id"]})
        except client.Refused as refusal:
            return channel, refusal.error
    return channel, ""


def _channel_by_id(channel: str) -> dict[str, Any] | None:
    try:
        return dict(rate_limits.read("conversations.info", {"channel": channel})["channel"])
    except client.Refused as refusal:
        if refusal.error != "channel_not_found":
            raise
        return None


def _make(wanted: str) -> dict[str, Any]:
    made = rate_limits.call("conversations.create", {"name": limits.cut(wanted, limits.CHANNEL_NAME)})["channel"]
    logger.info("Created #%s, the channel for headlines", wanted)
    return {**made, "is_member": True}


def _wake_headlines(*, drawn_again: bool, now: datetime) -> None:
    """Send the posts that waited for the channel. After a move, update the headlines that may be in another channel."""
    waiting = kinds_where(lambda kind: kind.waits_for_headlines)
    OutboxEntry.objects.filter(kind__in=waiting, is_open=True, failures=0, asked_at=None).update(not_before=now)
    if drawn_again:
        for incident in queries.open_incidents(queries.SYSTEM):
            outbox.draw(incident, outbox.HEADLINE, now=now)
            # Even if it looks as before: only Slack knows whether it still stands where it was.
            OutboxEntry.objects.filter(incident=incident, kind=outbox.HEADLINE).update(result=None)
    wakeup.wake_after_commit(OutboxEntry.QUEUE)
