"""Which channels concern us: those of incidents, and those that may become one."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.utils import timezone

from slackbot.models import CommsChannel, InboxEntry, OutboxEntry
from slackbot.outbound.deliveries.channel import ChannelKind

ID_CHANGED: Final = "slackbot.slack_handlers.channel_events.id_changed"
CHANNEL_PATIENCE: Final = timedelta(minutes=1)  # a channel that is not there by then holds nobody else up


def channel_is_being_made() -> bool:
    """Slack may tell us of events in a channel before it has told us, or we have noted, that the channel is ours."""
    lately = timezone.now() - CHANNEL_PATIENCE
    return OutboxEntry.objects.filter(
        kind=ChannelKind.name, is_open=True, attempts__gt=0, created_at__gt=lately
    ).exists()


def is_ours(channel_id: str) -> bool:
    """Say whether events of this channel concern us. A channel that once was an incident's stays one."""
    if channel_id in _known_channels:
        return True
    if CommsChannel.objects.filter(channel_id=channel_id).exists():
        _known_channels.add(channel_id)
        return True
    return is_coming(channel_id)


def is_coming(channel_id: str) -> bool:
    """Return whether the channel may be an incident's in a moment: it is being made, or has just got another id."""
    moves = InboxEntry.objects.filter(is_open=True, handler=ID_CHANGED, payload__new_channel_id=channel_id)
    return channel_is_being_made() or moves.exists()


_known_channels: set[str] = set()
