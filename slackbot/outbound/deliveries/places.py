"""Where an incident may be spoken of."""

from __future__ import annotations

from incidents import queries
from incidents.models import Incident
from slackbot.directory import workspace
from slackbot.models import CommsChannel, OutboxEntry
from slackbot.outbound.deliveries.channel import ChannelKind
from slackbot.outbound.deliveries.kind import NotYet
from slackbot.outbound.privacy import GO_PRIVATE


def order_of_channel(incident: Incident) -> str:
    """What is said in an incident's channel is said in order, whatever it is."""
    return f"channel of {incident.pk}"


def speaking_channel(incident: Incident) -> CommsChannel | None:
    """Return the channel in which we may speak of the incident; None when there is none.

    Raise `NotYet` while the work of a private incident moves out of a public channel.
    """
    channel = CommsChannel.of(incident)
    if channel is None or channel.is_private or not incident.private:
        return channel
    moves = list(OutboxEntry.objects.filter(incident=incident, kind=GO_PRIVATE).values_list("is_open", flat=True))
    if any(moves):
        raise NotYet(seconds=2)
    if not moves:
        raise NotYet(seconds=5)  # the projector, or the auditor, has it moved soon
    return None


def was_cleared_after(row: OutboxEntry) -> bool:
    """Say whether our posts were deleted since, because the incident became private."""
    return OutboxEntry.objects.filter(incident=row.incident_id, kind=GO_PRIVATE, pk__gt=row.pk).exists()


def wait_for_channel(incident: Incident) -> None:
    """Raise `NotYet` while the incident's channel is being made."""
    coming = OutboxEntry.objects.filter(incident=incident, kind=ChannelKind.name, is_open=True)
    if queries.channel_is_requested(incident) or coming.exists():
        raise NotYet(seconds=20)


def may_be_said_in(incident: Incident | None, channel: str) -> bool:
    """Return whether `channel` may be told of the incident: of a private one, only its private channel."""
    if incident is None or not incident.private:
        return True
    own = CommsChannel.of(incident)
    if own is None or not own.is_private:
        return False
    return workspace.key_of(channel) in (own.channel_id, own.name)
