"""Store what happened to an incident, entry by entry."""

from __future__ import annotations

from typing import Any, NoReturn

from django.db import models

from incidents.drawn import Drawn, Html
from incidents.fields import FieldKind
from incidents.models.attachments import Pin
from incidents.models.incident import Incident
from people.derived import DerivedQuerySet, derived_columns
from people.models import Person


class EntryKind(models.TextChoices):
    """What a timeline entry tells. Plugins listen for these names."""

    OPENED = "opened", "Declared"
    TITLE_CHANGED = "title_changed", "Title changed"
    SUMMARY_CHANGED = "summary_changed", "Summary changed"
    IMPACT_CHANGED = "impact_changed", "Impact changed"
    SEVERITY_CHANGED = "severity_changed", "Severity changed"
    KIND_CHANGED = "kind_changed", "Kind changed"
    STARTED_AT_CHANGED = "started_at_changed", "Start time changed"
    FIELD_CHANGED = "field_changed", "Field changed"
    STATUS_CHANGED = "status_changed", "Status changed"
    RESOLVED = "resolved", "Resolved"
    CANCELED = "canceled", "Canceled"
    MERGED = "merged", "Merged"
    MERGED_HERE = "merged_here", "Another merged into it"
    MERGE_UNDONE = "merge_undone", "Merge undone"
    REOPENED = "reopened", "Reopened"
    LEAD_ASSIGNED = "lead_assigned", "Lead assigned"
    LEAD_REMOVED = "lead_removed", "Lead removed"
    ROLE_ASSIGNED = "role_assigned", "Role assigned"
    ROLE_REMOVED = "role_removed", "Role removed"
    MEMBER_INVITED = "member_invited", "Invited"
    MEMBER_REMOVED = "member_removed", "Access ended"
    MADE_PRIVATE = "made_private", "Made private"
    MADE_PUBLIC = "made_public", "Made public"
    UPDATE_POSTED = "update_posted", "Update"
    CHANNEL_REQUESTED = "channel_requested", "Channel requested"
    LINK_ADDED = "link_added", "Link added"
    PARTICIPANT_JOINED = "participant_joined", "Participant joined"
    PIN_ADDED = "pin_added", "Message pinned"
    PIN_CHANGED = "pin_changed", "Pinned message edited"
    PIN_REMOVED = "pin_removed", "Pin removed"
    NOTE_ADDED = "note_added", "Note"
    NOTE_CORRECTED = "note_corrected", "Note corrected"
    NOTE_WITHDRAWN = "note_withdrawn", "Note withdrawn"
    ACTION_ADDED = "action_added", "Action added"
    ACTION_COMPLETED = "action_completed", "Action completed"
    TROUBLE = "trouble", "Something did not work"
    REDACTED = "redacted", "Text redacted"

    @classmethod
    def endings(cls) -> tuple[EntryKind, ...]:
        """What ends an incident."""
        return (cls.RESOLVED, cls.CANCELED, cls.MERGED)

    @classmethod
    def written(cls) -> tuple[EntryKind, ...]:
        """Whose text is what somebody wrote: any Markdown. Elsewhere it is one sentence."""
        return (
            *(cls.SUMMARY_CHANGED, cls.IMPACT_CHANGED, cls.UPDATE_POSTED, cls.NOTE_ADDED, cls.NOTE_CORRECTED),
            *(cls.PIN_ADDED, cls.PIN_CHANGED, cls.ACTION_ADDED, cls.ACTION_COMPLETED),
        )


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
    kind = models.CharField(max_length=30, choices=EntryKind)
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
    def label(self) -> str:
        """What happened, in a few words. A message that a reaction or a menu added was not pinned."""
        is_added = self.kind == EntryKind.PIN_ADDED and self.data.get("how") not in (None, Pin.PINNED)
        return "Message added" if is_added else str(self.get_kind_display())

    @property
    def is_written(self) -> bool:
        """Say whether the text is what somebody wrote, and not one sentence."""
        if self.is_redacted:
            return False
        return self.kind in EntryKind.written() or self.data.get("field_kind") == FieldKind.PARAGRAPH
