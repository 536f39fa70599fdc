"""What pages show of the state of incidents' channels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from slackbot.models import CommsChannel
from slackbot.outbound import closures


def channels(_request: HttpRequest) -> Mapping[str, Any]:
    """Give templates `frozen_channels` and `channel_notes`. The database is asked only where a template shows them."""
    return {"frozen_channels": SimpleLazyObject(_frozen), "channel_notes": SimpleLazyObject(_notes)}


def _frozen() -> frozenset[int]:
    """Return the incidents whose channel we were removed from, so that we don't see who comes and goes."""
    return frozenset(CommsChannel.objects.filter(frozen_at__isnull=False).values_list("incident_id", flat=True))


def _notes() -> dict[int, str]:
    """Return for the incidents whose channel is closed why it doesn't show what happens."""
    closed = CommsChannel.objects.exclude(closed_as="")
    return {channel.incident_id: closures.sentence(channel) for channel in closed}
