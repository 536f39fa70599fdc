from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models


class StoredJSON(models.JSONField):
    """JSON that can always be read. Python gives up on lists that are nested a thousand times, and on what is no JSON.

    A worker reads rows together: one that raised while it is read would stop all that come after it.
    """

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        try:
            return super().from_db_value(value, expression, connection)
        except (RecursionError, ValueError):
            return {"unreadable": True}


class Job(models.Model):
    """A row of work. Each package that has work of its own derives a table from this, with a unique column `key`.

    open → leased → closed. `is_open` is a plain column so that the partial index serves the queue however long the
    history grows. Attempts are counted when the work starts, failures when it comes back with an error: what is
    missing between the two died without a word.
    """

    order_key = models.CharField(max_length=200, help_text="Rows with the same key run one after the other")
    priority = models.PositiveSmallIntegerField()
    tier = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How soon we can do without it: see jobs.switches"
    )
    created_at = models.DateTimeField()
    is_open = models.BooleanField(default=True)
    not_before = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.CharField(max_length=200, blank=True)
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    error = models.TextField(blank=True, help_text="The last one, or why it was given up")
    given_up_at = models.DateTimeField(null=True, help_text="Quarantined or refused: a person must look")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True


class Heartbeat(models.Model):
    """A sign of life of a part that works in the background, so that its absence can be seen."""

    name = models.CharField(max_length=200, primary_key=True, help_text="queue@host")
    seen_at = models.DateTimeField()
    findings = models.JSONField(default=list, help_text="What it last found wrong; the auditor's only")

    def __str__(self) -> str:
        return f"{self.name} {self.seen_at:%H:%M:%S}"


class Switch(models.Model):
    """Something that operators have switched off, or on again: a tier, a plugin, all reminders."""

    key = models.CharField(max_length=220, primary_key=True)
    is_off = models.BooleanField(default=True)
    tier = models.PositiveSmallIntegerField(null=True)
    subject = models.CharField(
        max_length=200, blank=True, help_text="The key without its prefix, as queries compare it"
    )
    why = models.TextField(blank=True)
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.key} {'off' if self.is_off else 'on'}"


class OperatorEntry(models.Model):
    """What operators did to the machinery, or the auditor repaired. Append-only."""

    at = models.DateTimeField()
    actor = models.ForeignKey(settings.JOBS_ACTOR_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    door = models.CharField(max_length=20, help_text="How it came: web, command line, Slack, auditor")
    text = models.TextField()

    class Meta:
        verbose_name_plural = "operator entries"
        indexes = [models.Index(fields=["-at"], name="operators_latest")]

    def __str__(self) -> str:
        return self.text
