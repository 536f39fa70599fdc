"""Followers, as operators see them."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import F, QuerySet

from incidents.models import Following
from incidents.references import HIDDEN, is_hidden
from jobs import tables
from jobs.tables import Description, Table
from people.models import Person


class Followings(Table[Following]):
    """The rows of all followers."""

    name = "followers"
    title = "follower"
    direction = "to followers"
    purpose = "to be handled by followers"
    discarded = {"seen": F("until")}  # the follower passes these entries by

    def rows(self) -> QuerySet[Following]:
        return Following.objects.select_related("incident")

    def queue_of(self, row: Following) -> str:
        return row.queue

    def describe(self, rows: Sequence[Following], *, viewer: Person | None) -> list[Description]:
        return [self._description(row, viewer) for row in rows]

    def _description(self, row: Following, viewer: Person | None) -> Description:
        """Errors repeat what people wrote, so those of a private incident are hidden like the incident."""
        if is_hidden(row.incident, viewer=viewer):
            return Description(f"{row.follower}: entry of a private incident", HIDDEN)
        numbers = f"{row.seen + 1}" if row.until <= row.seen + 1 else f"{row.seen + 1} to {row.until}"
        return Description(f"{row.follower}: entry {numbers} of {row.incident.reference}", row.error)


tables.register(Followings())
