"""How soon we can do without a piece of work. `slackbot.jobs.switches` can disable each tier except the first."""

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

# Every kind of `slackbot.outbound.deliveries`.
GOING_OUT: Final[Mapping[str, Tier]] = {
    **dict.fromkeys(
        ("headline", "headline channel", "channel", "topic", "bookmark", "members", "invite", "welcome"),
        Tier.ESSENTIAL,
    ),
    **dict.fromkeys(("go_private", "roster", "expel", "retract"), Tier.ESSENTIAL),  # people see what they must not
    **dict.fromkeys(("whisper", "declared", "reaction"), Tier.ESSENTIAL),  # somebody waits for an answer
    **dict.fromkeys(("update", "announcement", "post", "prompt", "edit"), Tier.RECORD),
    **dict.fromkeys(("direct", "assigned", "keep_message", "home"), Tier.RECORD),
    "steps": Tier.RECORD,
    **dict.fromkeys(("elsewhere", "prompt elsewhere", "message", "call"), Tier.RECORD),
    **dict.fromkeys(("profile", "channel check"), Tier.EXTRA),
}


def going_out(kind: str, *, expires: bool) -> Tier:
    """Return the tier of a row of the outbox. What may come too late to be useful is a reminder."""
    return Tier.EXTRA if expires else GOING_OUT[kind]
