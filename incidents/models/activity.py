"""Store signs of work: who did something, when, of which kind, in which incident. Never what."""

from __future__ import annotations

from django.db import models

from incidents.models.incident import Incident
from people.models import Person


class Activity(models.Model):
    """One sign of work. Rows are written in the order of time, and become `ActivityTotal`s after `ACTIVITY_DAYS`.

    A row takes about 160 bytes with its indexes on PostgreSQL, so nothing else is stored here.
    """

    class Kind(models.IntegerChoices):
        MESSAGE = 1, "Messages"
        REACTION = 2, "Reactions"
        COMMAND = 3, "Commands"
        CLICK = 4, "Clicks"
        EDIT = 5, "Edits"
        VIEW = 6, "Views"
        JOINED = 7, "Joined"
        LEFT = 8, "Left"

        @property
        def key(self) -> str:
            """The name under which programs know it."""
            return self.name.lower()

    # No index of their own: those below begin with them.
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    kind = models.PositiveSmallIntegerField(choices=Kind)

    class Meta:
        verbose_name_plural = "activity"
        indexes = [
            models.Index(fields=["person", "at"], name="activity_of_a_person"),
            models.Index(fields=["incident", "at"], name="activity_in_an_incident"),
        ]

    def __str__(self) -> str:
        return f"{Activity.Kind(self.kind).key} by {self.person_id}"


class ActivityTotal(models.Model):
    """How many signs of work of a kind somebody left in an incident on a day in UTC, once their rows are deleted."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", db_index=False)
    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    kind = models.PositiveSmallIntegerField(choices=Activity.Kind)
    count = models.PositiveIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "day", "incident", "kind"], name="a_total_is_counted_once")
        ]

    def __str__(self) -> str:
        return f"{self.count} {Activity.Kind(self.kind).key} by {self.person_id} on {self.day}"
