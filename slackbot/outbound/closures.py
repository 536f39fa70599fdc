"""Channels of incidents that people archived, deleted or removed us from by hand, until they are open again.

While a channel is closed, nothing is sent to it: posts wait in closed rows of the outbox, and reminders pause. Slack's
events tell us; if one was lost, a refusal makes us check the channel. A closure is reported once, and a refusal is no
proof of one: only what Slack says about the channel itself counts. When the channel is open again, its topic, bookmark
and members are redrawn, and waiting posts are sent unless they are too old to be useful.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import transaction
from django.db.models import CharField, F

from incidents import queries, services
from incidents.models import Incident, Link
from jobs import retries
from jobs.compiled_queries import Read, Slot
from people.models import Person
from slackbot.api.client import Call, Refused
from slackbot.api.mrkdwn import escape
from slackbot.directory import workspace
from slackbot.models import CommsChannel, OutboxEntry
from slackbot.outbound import outbox, pausing, privacy, reminders
from slackbot.outbound.deliveries.direct import tell
from slackbot.outbound.deliveries.furnishing import furnishings
from slackbot.outbound.deliveries.headline import HeadlineKind
from slackbot.outbound.deliveries.kind import kind_of, kinds_where
from slackbot.outbound.deliveries.reasons import CHANNEL_CLOSED

ARCHIVED: Final = "archived"
REMOVED: Final = "removed"
DELETED: Final = CommsChannel.DELETED
CHECK: Final = "channel check"
LOOK_AGAIN: Final = (60.0, 300.0, 900.0, 3600.0)  # seconds
# Slack's errors for bookmarks in a channel that we are not in.
OF_BOOKMARKS: Final = frozenset({"permission_denied", "access_denied"})


# What people did ------------------------------------------------------------------------------------------------------


@transaction.atomic
def close(incident: Incident, as_: str, *, now: datetime) -> None:
    """Record that we can't post in the incident's channel, and report it once."""
    channel = CommsChannel.objects.select_for_update().get(incident=incident)
    if channel.closed_as == as_:
        return
    channel.closed_as, channel.closed_at = as_, now
    if as_ == REMOVED:
        channel.frozen_at = channel.frozen_at or now
    channel.save(update_fields=["closed_as", "closed_at", "frozen_at"])
    incident = _as_it_is(incident)
    reminders.choose(incident)
    _report(incident, channel, now)


def _report(incident: Incident, channel: CommsChannel, now: datetime) -> None:
    if channel.closed_as == ARCHIVED and not incident.is_open:
        return  # people usually archive the channel when an incident is over
    with_ = "membership"
    match channel.closed_as:
        case "archived":
            text = f"Someone archived #{channel.name}. Response posts nothing there until someone unarchives it."
        case "deleted":
            text = f"#{channel.name} was deleted in Slack. To continue in another channel, create one."
            services.detach_link(incident, kind=Link.CHANNEL, url=workspace.channel_link(channel.channel_id))
            with_ = Link.CHANNEL  # this notifies the reporter, and the headline offers to create a channel
        case _ if channel.is_private:
            text = (
                "Someone removed Response from the channel, so it can't post there or see who joins or leaves. "
                "Invite it back."
            )
        case _:
            text = (
                "Someone removed Response from the channel, so it can't see who joins or leaves. It joins again when "
                "it has something to post."
            )
    if channel.closed_as == REMOVED and incident.private:
        text += " Until then, everyone who was in the channel can still see this incident."
    services.record_trouble(incident, with_=with_, text=text, at=now)
    if with_ != Link.CHANNEL:
        person = incident.active_lead or incident.reporter
        key = f"closed:{channel.pk}:{channel.closed_as}:{int(now.timestamp())}"
        tell(person, f"⚠️ {incident.reference}: {escape(text)}", key=key, now=now, incident=incident)


@transaction.atomic
def reopen(incident: Incident, *, now: datetime, after: timedelta = timedelta(0)) -> None:
    """Resume the incident's channel: redraw everything as it is now, and send waiting posts `after` a while."""
    channel = CommsChannel.objects.select_for_update().get(incident=incident)
    was = channel.closed_as
    channel.closed_as, channel.closed_at = "", None
    if was == REMOVED:
        channel.frozen_at = None
    channel.save(update_fields=["closed_as", "closed_at", "frozen_at"])
    incident = _as_it_is(incident)
    paused = pausing.rows(channel.channel_id)
    held = list(paused.values_list("kind", flat=True).distinct())
    pausing.resume(paused, now=now, at=now + after)
    if was:
        outbox.draw(incident, HeadlineKind.name, *furnishings(), now=now)
        reminders.choose(incident)
    else:  # the refusal was wrong
        redrawn = kinds_where(lambda kind: kind.redrawn_after_closure)
        outbox.draw(incident, *(kind for kind in held if kind in redrawn), now=now)
    if was == REMOVED:
        privacy.read_roster(incident, now=now)


def look(incident: Incident, *, now: datetime, after: timedelta = timedelta(0)) -> None:
    """Schedule a check of the incident's channel in Slack, `after` a while."""
    outbox.draw(incident, CHECK, now=now)
    rows = OutboxEntry.objects.filter(incident=incident, kind=CHECK)
    rows.update(not_before=now + after)
    rows.filter(lease_until=None).update(result=F("result") if after else None)


def _as_it_is(incident: Incident) -> Incident:
    return queries.incidents(queries.SYSTEM).select_related("comms_channel").get(pk=incident.pk)


# Waiting rows ---------------------------------------------------------------------------------------------------------


def hold(row: OutboxEntry, call: Call, *, now: datetime) -> bool:
    """Make the row wait and return True if the call is for a channel that is known to be closed."""
    channel = _channel_of(row, call)
    if channel is None or not channel.closed_as or (call.reads and channel.closed_as == ARCHIVED):
        return False
    with transaction.atomic():
        now_closed = CommsChannel.objects.select_for_update().filter(pk=channel.pk).exclude(closed_as="")
        if not now_closed.exists():
            return False
        _pause(row, channel, now)
        joins = channel.closed_as == REMOVED and not channel.is_private
        if not OutboxEntry.objects.filter(incident=channel.incident_id, kind=CHECK, is_open=True).exists():
            look(channel.incident, now=now, after=timedelta(seconds=0 if joins else LOOK_AGAIN[0]))
    return True


def waits_for_people(channel: CommsChannel) -> bool:
    """Return whether nothing is posted in the channel until somebody opens it, or invites us."""
    return channel.closed_as in (ARCHIVED, DELETED) or (channel.closed_as == REMOVED and channel.is_private)


def doubt(row: OutboxEntry, call: Call, refusal: Refused, *, now: datetime) -> bool:
    """Make the row wait for a check of the channel and return True if a refusal says that the channel is closed."""
    is_closed = refusal.error in CHANNEL_CLOSED or (
        call.method.startswith("bookmarks.") and refusal.error in OF_BOOKMARKS
    )
    channel = _channel_of(row, call) if is_closed else None
    if channel is None:
        return False
    with transaction.atomic():
        CommsChannel.objects.select_for_update().get(pk=channel.pk)  # a check that is ending must see what waits for it
        _pause(row, channel, now)
        check = OutboxEntry.objects.filter(incident=channel.incident_id, kind=CHECK).first()
        in_vain = (check.result or {}).get("in_vain", 0) if check else 0
        if check is None or not check.is_open:
            look(channel.incident, now=now, after=retries.pause(in_vain) if in_vain else timedelta(0))
    return True


def _channel_of(row: OutboxEntry, call: Call) -> CommsChannel | None:
    """Return the incident's channel that the call is for, if its row can wait."""
    if kind_of(row).runs_in_closed_channel or not call.channel:
        return None
    own = CommsChannel.of(row.incident) if row.incident is not None else None
    if own is not None and own.channel_id == call.channel:
        return own
    return _OF_CHANNEL.first(channel_id=call.channel)


_OF_CHANNEL: Final = Read(
    lambda: CommsChannel.objects.select_related("incident").filter(channel_id=Slot("channel_id", CharField()))
)


def _pause(row: OutboxEntry, channel: CommsChannel, now: datetime) -> None:
    held = OutboxEntry.objects.filter(pk=row.pk, attempts=row.attempts, lease_owner=row.lease_owner)
    held.update(
        is_open=False,
        closed_at=now,
        lease_until=None,
        asked_at=row.asked_at,
        result=row.result,
        error=pausing.why(channel.channel_id),
    )


# What people read -----------------------------------------------------------------------------------------------------


def note(incident: Incident | None) -> str:
    """Return a sentence on why posts don't appear in the incident's channel; "" if they do."""
    channel = CommsChannel.objects.filter(incident=incident).exclude(closed_as="").first() if incident else None
    return sentence(channel) if channel else ""


def sentence(channel: CommsChannel) -> str:
    name = f"#{channel.name}"
    match channel.closed_as:
        case "archived":
            return f"{name} is archived, so Response posts nothing there until someone unarchives it."
        case "deleted":
            return f"{name} was deleted in Slack. To continue in another channel, create one."
        case _ if channel.is_private:
            return f"Response isn't in {name}, so it can't post there. Write `/invite @incident` in the channel."
        case _:
            return f"Response was removed from {name}. It joins again when it has something to post."


def notes(viewer: Person | None) -> list[tuple[Incident, CommsChannel, str]]:
    """Return the closed channels of open incidents that `viewer` may see, with what to do, the oldest first.

    Without a viewer (on the command line, in logs), nothing of private incidents.
    """
    seen = queries.open_incidents(viewer or queries.SYSTEM)
    seen = seen if viewer else seen.filter(private=False)
    closed = CommsChannel.objects.exclude(closed_as="").select_related("incident").order_by("closed_at")
    found = closed.filter(incident__in=seen.order_by())
    return [(channel.incident, channel, sentence(channel)) for channel in found]


def furnish(incident: Incident, *, now: datetime) -> None:
    """Give the incident's channel its members, topic and bookmark."""
    outbox.draw(incident, *furnishings(), now=now)
