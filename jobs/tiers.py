"""How soon we can do without a piece of work. `jobs.switches` can disable each tier except the first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import IntEnum
from typing import Final


class Tier(IntEnum):
    """What nobody can do without, what keeps the record, and what makes life easier."""

    ESSENTIAL = 0
    RECORD = 1
    EXTRA = 2


# Work that waits longer than this, though nothing holds it, is a sign that something is wrong.
PATIENCE: Final[Mapping[Tier, timedelta]] = {
    Tier.ESSENTIAL: timedelta(seconds=30),
    Tier.RECORD: timedelta(minutes=2),
    Tier.EXTRA: timedelta(minutes=10),
}

_words: Final[dict[Tier, str]] = {
    Tier.ESSENTIAL: "Urgent work",
    Tier.RECORD: "Records",
    Tier.EXTRA: "Extras",
}


def describe(words: Mapping[Tier, str]) -> None:
    """Set what operators read of each tier: what it consists of in this product."""
    _words.update(words)


def words(tier: Tier) -> str:
    """Return what operators read of a tier."""
    return _words[tier]
