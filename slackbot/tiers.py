"""How soon we can do without a piece of work. Tiers can be switched off, see `slackbot.switches`; the first cannot."""

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


# Work that waits longer than this, though nothing holds it, is a sign that something is wrong.
PATIENCE: Final[Mapping[Tier, timedelta]] = {
    Tier.ESSENTIAL: timedelta(seconds=30),
    Tier.RECORD: timedelta(minutes=2),
    Tier.EXTRA: timedelta(minutes=10),
}

_EXTRA_COMING_IN: Final = ("notification", "keyword", "incident_event")
_STATISTICS: Final = ("slackbot.slack_handlers.messages.said", "slackbot.slack_handlers.messages.joined")
_SAID: Final = ("post", "prompt", "elsewhere", "prompt elsewhere", "message")
_RECORD_GOING_OUT: Final = (*_SAID, "call", "update", "keep_message", "home", "edit", "direct")
_EXTRA_GOING_OUT: Final = ("profile",)


def coming_in(kind: str, *, handler: str, of_plugin: bool) -> Tier:
    """Return the tier of a row of the inbox."""
    if of_plugin or kind in _EXTRA_COMING_IN or handler in _STATISTICS:
        return Tier.EXTRA
    return Tier.RECORD if kind == "event" else Tier.ESSENTIAL


def going_out(kind: str, *, expires: bool) -> Tier:
    """Return the tier of a row of the outbox. What may come too late to be useful is a reminder."""
    return Tier.EXTRA if expires else GOING_OUT[kind]
