"""Store what happened to an incident, entry by entry."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

from incidents import entries
from incidents.drawn import Drawn, Html
from incidents.entries import Entry
from incidents.entries import EntryKind as EntryKind
from incidents.models.incident import Incident
from people.derived import DerivedQuerySet, derived_columns
from people.models import Person


class TimelineQuerySet(DerivedQuerySet["TimelineEntry"]):
    """History is written once. A correction is a new entry."""

    def update(self, **kwargs: Any) -> NoReturn:
        raise TypeError("A timeline entry is never changed: record a new one.")

    def delete(self) -> NoReturn:
        raise TypeError("A timeline entry is never deleted: record a correction.")


class TimelineEntry(Drawn):
    """One thing that happened. Numbered 1, 2, 3 … without gaps within its incident.

    `data["redacted"]`, where there is one, says who redacted it, when and why.
    """

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="entries")
    seq = models.PositiveIntegerField()
    kind = models.CharField(max_length=30)
    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+")
    text = models.TextField(help_text="A sentence about it, Markdown")
    html = Html(of="text", block="is_written")
    data = models.JSONField(default=dict, help_text="The new values, so that replaying gives the present state")

    objects = TimelineQuerySet.as_manager()

    class Meta:
        ordering = ["incident", "seq"]
        verbose_name_plural = "timeline entries"
        constraints = [models.UniqueConstraint(fields=["incident", "seq"], name="entries_are_numbered")]
        indexes = [
            models.Index(fields=["incident", "happened_at", "seq"], name="entries_as_they_happened"),
            models.Index(fields=["incident", "kind", "seq"], name="entries_of_a_kind"),
        ]

    def __str__(self) -> str:
        return f"#{self.seq} {self.text}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("A timeline entry is never changed: record a new one.")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("A timeline entry is never deleted: record a correction.")

    def overwrite(self, *, text: str, data: dict[str, Any]) -> None:
        """Put other words in the place of these, in every column that holds words. For redaction and erasure alone."""
        self.text, self.data = text, data
        values: dict[str, Any] = {"text": text, "data": data}
        values |= {column.attname: column.pre_save(self, add=False) for column in derived_columns(TimelineEntry)}
        for field in self._meta.concrete_fields:
            # What is derived from the text would repeat it.
            if isinstance(field, models.TextField) and field.attname not in values:
                values[field.attname] = None if field.null else ""
        models.QuerySet(TimelineEntry).filter(pk=self.pk).update(**values)

    @property
    def is_redacted(self) -> bool:
        return "redacted" in self.data

    @property
    def details(self) -> Entry:
        """The entry as its kind's class has it; `PlainText` if nobody can read its data any more."""
        return entries.read(self.kind, self.data)

    @property
    def label(self) -> str:
        """What happened, in a few words."""
        return self.details.heading()

    @property
    def kind_label(self) -> str:
        """What happens whenever there is an entry of this kind, in a few words."""
        return entries.label_of(self.kind)

    @property
    def is_written(self) -> bool:
        """Say whether the text is what somebody wrote, and not one sentence."""
        return not self.is_redacted and self.details.has_written_text()
