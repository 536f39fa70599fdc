"""How soon we can do without a piece of work. `jobs.switches` can disable each tier except the first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import IntEnum
from typing import Final


class Tier(IntEnum):
    """What an incident cannot do without, what keeps its record, and what makes life easier."""

    ESSENTIAL = 0  # declare, channel, commands, headline, close
    RECORD = 1  # updates, pins, timeline
    EXTRA = 2  # reminders, statistics, plugins


# As operators read it.
WORDS: Final[Mapping[Tier, str]] = {
    Tier.ESSENTIAL: "Urgent (declaring, channel, commands, headline)",
    Tier.RECORD: "Updates, pins and timeline notes in Slack",
    Tier.EXTRA: "Reminders, statistics and plugins",
}
# Work that waits longer than this, though nothing holds it, is a sign that something is wrong.
PATIENCE: Final[Mapping[Tier, timedelta]] = {
    Tier.ESSENTIAL: timedelta(seconds=30),
    Tier.RECORD: timedelta(minutes=2),
    Tier.EXTRA: timedelta(minutes=10),
}
