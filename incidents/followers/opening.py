"""Open the cursors of all followers for a new entry."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from incidents.followers import registry
from incidents.models import Following, Incident
from jobs import storing, wakeup

PRIORITY: Final = 5
_TABLE: Final = "incidents_following"
# A closed cursor has nothing left to handle: whatever it missed, while its plugin was disabled, is not made up for.
_OPENED_AGAIN: Final = ", ".join(
    (
        "until = excluded.until",
        "is_open = TRUE",
        *(
            f"{name} = CASE WHEN {_TABLE}.is_open THEN {_TABLE}.{name} ELSE excluded.{name} END"
            for name in ("seen", "created_at")
        ),
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
