"""Tell whoever follows the timeline that there is something new in it.

A follower gets the incident's id after the commit and nothing else: the news itself is in the timeline. A follower that
fails or was not running misses nothing, because it finds incidents whose `projected_version` is behind their `version`.
"""

from __future__ import annotations

from collections.abc import Callable

from django.db import transaction

Follower = Callable[[int], None]
_followers: list[Follower] = []


def follow(follower: Follower) -> None:
    """Call `follower` with the incident's id after each commit that wrote to its timeline. Twice is once."""
    if follower not in _followers:
        _followers.append(follower)


def announce_after_commit(incident_id: int) -> None:
    for follower in _followers:
        transaction.on_commit(_call(follower, incident_id), robust=True)


def _call(follower: Follower, incident_id: int) -> Callable[[], None]:
    # A function, because Django 5.2 logs a failed one by its name: a `partial` has none and would break the request.
    def call() -> None:
        follower(incident_id)

    return call
