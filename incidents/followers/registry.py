"""Which followers there are. The package that owns one registers it; nothing else lists them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from incidents.models import Following, Incident, TimelineEntry
from jobs.tiers import Tier

NAME_MAX: Final = 100  # characters

# Handles one entry. `Following` is the row that it is handled for.
Handle = Callable[[Following, Incident, TimelineEntry, datetime], None]


@dataclass(frozen=True, kw_only=True)
class Follower:
    """Somebody who gets every timeline entry.

    `handle` is called in workers of a queue that `running` serves. It is None for a package that reads the rows itself.
    It runs in a transaction that also moves the cursor, so what it writes takes effect once. With
    `in_transaction=False`, it runs outside of one because it talks to another system, and may be called twice for the
    same entry when its process dies. A `Refusal` that it raises is an answer; any other exception is a failure.
    """

    name: str  # in rows, and for operators
    queue: str  # see `jobs.queues`
    handle: Handle | None = None
    plugin: str = ""  # whose it is, "" if it isn't a plugin's
    tier: Tier = Tier.EXTRA
    in_transaction: bool = True
    time_limit: float = 45.0  # seconds, after which the process ends
    max_failures: int = 5
    without_secrets: Callable[[str], str] = str  # overwrites what must not be kept of an error


_followers: Final[dict[str, Follower]] = {}


def register(follower: Follower) -> None:
    """Add a follower. Raise LookupError if another one has its name: a second use must stop the start."""
    if follower.name in _followers:
        raise LookupError(f"Two followers have the name {follower.name!r}")
    _followers[follower.name] = follower


def forget(name: str) -> None:
    """Forget a follower that a test registered."""
    del _followers[name]


def find(name: str) -> Follower | None:
    """Return the follower with this name; None if another version or a plugin that is gone had it."""
    return _followers.get(name)


def every() -> Sequence[Follower]:
    """Return all followers by name, in the order in which every process writes their rows."""
    return [_followers[name] for name in sorted(_followers)]
