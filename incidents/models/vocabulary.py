"""Store what an installation names itself (severities, roles), and define statuses and kinds of incidents."""

from __future__ import annotations

from django.db import models

from incidents.texts import severity_emoji


class Severity(models.Model):
    """How bad it is. Rank 1 is the worst. Companies rename, add and retire them."""

    key = models.SlugField(unique=True, help_text="What people type in a command")
    name = models.CharField(max_length=50)
    rank = models.PositiveSmallIntegerField(unique=True, help_text="1 is the worst")
    emoji = models.CharField(max_length=16, blank=True)
    when_to_choose = models.CharField(max_length=200, blank=True)
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["rank"]
        verbose_name_plural = "severities"

    def __str__(self) -> str:
        return self.name

    @property
    def label(self) -> str:
        return f"{self.sign} {self.name}".strip()

    @property
    def sign(self) -> str:
        """Its emoji, or the one that the deployment's texts put in its place."""
        return severity_emoji.get(self.key, self.emoji)


class Role(models.Model):
    """A hat somebody wears during an incident. `lead` is seeded and cannot go."""

    LEAD = "lead"

    key = models.SlugField(unique=True)
    name = models.CharField(max_length=50)
    description = models.CharField(max_length=300, blank=True)
    rank = models.PositiveSmallIntegerField(default=100)

    class Meta:
        ordering = ["rank", "name"]

    def __str__(self) -> str:
        return self.name


class Status(models.TextChoices):
    INVESTIGATING = "investigating", "Investigating"
    IDENTIFIED = "identified", "Identified"
    MONITORING = "monitoring", "Monitoring"
    RESOLVED = "resolved", "Resolved"
    CANCELED = "canceled", "Canceled"
    MERGED = "merged", "Merged"

    @classmethod
    def working(cls) -> tuple[Status, ...]:
        """The states in which people still work on it."""
        return (cls.INVESTIGATING, cls.IDENTIFIED, cls.MONITORING)

    @classmethod
    def set_aside(cls) -> tuple[Status, ...]:
        """Return the states of incidents that were canceled or merged."""
        return (cls.CANCELED, cls.MERGED)


class Kind(models.TextChoices):
    LIVE = "live", "Live incident"
    REPORT = "report", "Report only"
    DRILL = "drill", "Drill"
