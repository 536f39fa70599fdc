"""Store how far each follower of timelines has come with each incident."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from incidents.models.incident import Incident
from jobs.models import Job


class Following(Job):
    """What a follower still has to handle of an incident: the entries after `seen`, up to `until`.

    There is one row for each follower and incident, its cursor, which opens with every entry. An entry that failed
    permanently has its own row, which operators see, while the cursor goes on.
    """

    key = models.CharField(max_length=200, unique=True, help_text="See cursor_key")
    queue = models.CharField(max_length=30)
    follower = models.CharField(max_length=100)
    plugin = models.CharField(max_length=200, blank=True, help_text="Whose follower it is; empty for a built-in")
    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="followings")
    seen = models.PositiveIntegerField(help_text="seq of the last entry that was handled")
    until = models.PositiveIntegerField(help_text="seq of the newest entry to handle")

    class Meta:
        indexes = [
            models.Index(fields=["queue", "priority", "id"], condition=Q(is_open=True), name="following_queue"),
            models.Index(fields=["order_key", "id"], condition=Q(is_open=True), name="following_order"),
            models.Index(fields=["closed_at"], condition=Q(is_open=False), name="following_history"),
            models.Index(fields=["given_up_at"], condition=Q(given_up_at__isnull=False), name="following_given_up"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.seen}-{self.until}"

    @staticmethod
    def cursor_key(follower: str, incident_id: int) -> str:
        """Return the key of the cursor of a follower. That of an entry which failed begins with it."""
        return f"{follower}:{incident_id}"

    @property
    def is_cursor(self) -> bool:
        """Whether the row is the follower's cursor, and not an entry that failed permanently."""
        return self.key == self.cursor_key(self.follower, self.incident_id)
