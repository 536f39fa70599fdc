"""Where an incident is in Slack: its channel, and the thread of its headline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from incidents.models import Following, Incident
from slackbot.kit.messages import SaidMessage
from slackbot.models import FOLLOWER, CommsChannel, Headline


@dataclass(frozen=True)
class IncidentChannel:
    """`id` is Slack's, `name` has no "#". Members of a private one belong to the incident while they are in it.

    `is_deleted`: somebody deleted it in Slack, and the incident can get another one.
    """

    id: str
    name: str
    is_private: bool
    is_deleted: bool = False


def channel_of(incident: Incident) -> IncidentChannel | None:
    """Return the incident's channel, if it has one."""
    channel = CommsChannel.of(incident)
    if channel is None:
        return None
    is_deleted = channel.closed_as == CommsChannel.DELETED
    return IncidentChannel(channel.channel_id, channel.name, channel.is_private, is_deleted)


def channel_ids(incidents: Iterable[Incident]) -> dict[int, str]:
    """Return the id of each incident's channel, by the incident's primary key, of those that have one."""
    return dict(CommsChannel.objects.filter(incident__in=list(incidents)).values_list("incident_id", "channel_id"))


def comes_by_itself(incident: Incident) -> bool:
    """Return whether this deployment makes a channel for such an incident without being asked."""
    return CommsChannel.comes_by_itself(incident)


def is_on_its_way(incident: Incident) -> bool:
    """Return whether an incident was declared a moment ago, and its channel comes by itself."""
    if not comes_by_itself(incident):
        return False
    unseen = Following.objects.filter(key=Following.cursor_key(FOLLOWER, incident.pk), is_open=True, seen=0)
    return unseen.exists()


def incident_of_thread(message: SaidMessage) -> Incident | None:
    """Return the incident whose headline a message is, or in whose headline's thread it is. Check who may see it."""
    ts = message.thread_ts or message.ts
    headline = Headline.objects.select_related("incident").filter(channel_id=message.channel_id, ts=ts).first()
    return headline.incident if headline else None


def quiet_reminders(incident: Incident, *, until: datetime | None) -> None:
    """Post no reminders in the incident's channel before a time; None reminds again."""
    CommsChannel.objects.filter(incident=incident).update(quiet_until=until)
