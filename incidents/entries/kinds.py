"""The names of Response's own kinds of entries."""

from __future__ import annotations

from django.db import models


class EntryKind(models.TextChoices):
    """What a timeline entry tells. Plugins listen for these names, and can add others: see `incidents.entries`."""

    OPENED = "opened"
    TITLE_CHANGED = "title_changed"
    SUMMARY_CHANGED = "summary_changed"
    IMPACT_CHANGED = "impact_changed"
    SEVERITY_CHANGED = "severity_changed"
    KIND_CHANGED = "kind_changed"
    STARTED_AT_CHANGED = "started_at_changed"
    FIELD_CHANGED = "field_changed"
    STATUS_CHANGED = "status_changed"
    RESOLVED = "resolved"
    CANCELED = "canceled"
    MERGED = "merged"
    MERGED_HERE = "merged_here"
    MERGE_UNDONE = "merge_undone"
    REOPENED = "reopened"
    LEAD_ASSIGNED = "lead_assigned"
    LEAD_REMOVED = "lead_removed"
    ROLE_ASSIGNED = "role_assigned"
    ROLE_REMOVED = "role_removed"
    MEMBER_INVITED = "member_invited"
    MEMBER_REMOVED = "member_removed"
    MADE_PRIVATE = "made_private"
    MADE_PUBLIC = "made_public"
    UPDATE_POSTED = "update_posted"
    CHANNEL_REQUESTED = "channel_requested"
    LINK_ADDED = "link_added"
    PARTICIPANT_JOINED = "participant_joined"
    PIN_ADDED = "pin_added"
    PIN_CHANGED = "pin_changed"
    PIN_REMOVED = "pin_removed"
    NOTE_ADDED = "note_added"
    NOTE_CORRECTED = "note_corrected"
    NOTE_WITHDRAWN = "note_withdrawn"
    ACTION_ADDED = "action_added"
    ACTION_COMPLETED = "action_completed"
    TROUBLE = "trouble"
    REDACTED = "redacted"

    @classmethod
    def endings(cls) -> tuple[EntryKind, ...]:
        """What ends an incident."""
        return (cls.RESOLVED, cls.CANCELED, cls.MERGED)
