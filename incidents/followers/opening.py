"""Open the cursors of all followers for a new entry."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from incidents.followers import registry
from incidents.models import Following, Incident
from jobs import storing, wakeup

PRIORITY: Final = 5
_TABLE: Final = "incidents_following"
_BEGUN_AGAIN: Final = (
    *("created_at", "attempts", "failures", "error", "not_before"),
    *("lease_until", "lease_owner", "given_up_at", "closed_at"),
)
# A closed cursor of a plugin begins with the new entry: what the plugin missed while it was disabled is not made up
# for. One of Response's own continues where it was.
_OPENED_AGAIN: Final = ", ".join(
    (
        "is_open = TRUE",
        *(f"{name} = excluded.{name}" for name in ("until", "queue", "plugin", "tier", "priority")),
        *(
            f"{name} = CASE WHEN {_TABLE}.is_open THEN {_TABLE}.{name} ELSE excluded.{name} END"
            for name in _BEGUN_AGAIN
        ),
        f"seen = CASE WHEN {_TABLE}.is_open OR excluded.plugin = '' THEN {_TABLE}.seen ELSE excluded.seen END",
    )
)


def open_cursors(incident: Incident, *, at: datetime) -> None:
    """Have every follower handle the entry that was just recorded. The incident must be locked.

    The cursor of a follower that knows nothing of the incident begins with this entry.
    """
    followers = registry.every()
    rows = [
        Following(
            key=Following.cursor_key(follower.name, incident.pk),
            order_key=Following.cursor_key(follower.name, incident.pk),
            queue=follower.queue,
            follower=follower.name,
            plugin=follower.plugin,
            tier=follower.tier,
            priority=PRIORITY,
            created_at=at,
            incident=incident,
            seen=incident.version - 1,
            until=incident.version,
        )
        for follower in followers
    ]
    storing.insert(rows, on_conflict=f"UPDATE SET {_OPENED_AGAIN}")
    for queue in {follower.queue for follower in followers}:
        wakeup.wake_after_commit(queue)
