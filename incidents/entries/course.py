"""Entries about the course of an incident: its status, merges, updates, and what did not work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from incidents.entries.entry import Entry, Written, stored
from incidents.entries.kinds import EntryKind
from incidents.texts import in_markdown


class StatusEntry(Entry):
    """An entry about a new status."""

    status: str = stored("The new status")
    was: str = stored("The previous status", key="from")
    merged_into: int | None = stored(
        "The number of the incident in which work continues. Null when a merge was undone, or you may not see it",
        default=None,
        omit_default=True,
    )

    was_merged: bool = False

    def to_data(self) -> dict[str, Any]:
        """Store that the incident is merged no longer, and nothing about merging otherwise."""
        undone = {"merged_into": None} if self.was_merged and self.merged_into is None else {}
        return super().to_data() | undone


class StatusChanged(StatusEntry):
    """The status of an open incident changed."""

    kind = EntryKind.STATUS_CHANGED
    label = "Status changed"
    icon = "step"

    words: str = ""
    was_words: str = ""

    def text(self) -> str:
        return f"Status changed from {self.was_words} to {self.words}"


class Resolved(StatusEntry):
    """The incident was resolved."""

    kind = EntryKind.RESOLVED
    label = "Resolved"
    icon = "check"

    def text(self) -> str:
        return "Resolved"


class Canceled(StatusEntry):
    """It was a false alarm, or declared by mistake."""

    kind = EntryKind.CANCELED
    label = "Canceled"
    icon = "ban"

    def text(self) -> str:
        return "Canceled"


class Merged(StatusEntry):
    """The incident was merged into another one, where work continues."""

    kind = EntryKind.MERGED
    label = "Merged"
    icon = "merge"
    other_incident = "merged_into"
    text_without_other = "Merged into a private incident"

    reference: str = ""  # of the other one

    def text(self) -> str:
        return f"Merged into {self.reference}"


class Reopened(StatusEntry):
    """Work on the incident continues, after it was resolved, canceled or merged."""

    kind = EntryKind.REOPENED
    label = "Reopened"
    icon = "again"

    def text(self) -> str:
        return "Reopened"


class MergedHere(Entry):
    """Another incident was merged into this one."""

    kind = EntryKind.MERGED_HERE
    label = "Duplicate merged"
    icon = "merge"
    other_incident = "incident"
    text_without_other = "A private incident was merged into this incident"

    incident: int | None = stored("The number of the other incident; null when you may not see it")

    reference: str = ""

    def text(self) -> str:
        return f"{self.reference} was merged into this incident"


class MergeUndone(Entry):
    """An incident that was merged into this one was reopened."""

    kind = EntryKind.MERGE_UNDONE
    label = "Merge undone"
    icon = "again"
    other_incident = "incident"
    text_without_other = "A private incident was reopened as a separate incident"

    incident: int | None = stored("The number of the other incident; null when you may not see it")

    reference: str = ""

    def text(self) -> str:
        return f"{self.reference} was reopened as a separate incident"


class UpdatePosted(Written):
    """A status update was posted."""

    kind = EntryKind.UPDATE_POSTED
    label = "Update"
    icon = "horn"

    final: bool = stored("True if this is the final update", default=False, omit_default=True)

    def heading(self) -> str:
        return "Final update" if self.final else self.label


class Trouble(Entry):
    """Something could not be done for the people of the incident, or somebody who is needed was deactivated."""

    kind = EntryKind.TROUBLE
    label = "Something did not work"
    icon = "warn"

    about: str = stored(
        "What failed, for example channel; departure if a person was deactivated", key="with", default=""
    )
    person: int | None = stored("For a departure: the id of the person", default=None, omit_default=True)
    roles: Sequence[str] | None = stored("For a departure: the keys of their roles", default=None, omit_default=True)
    actions: int | None = stored("A departure: how many open action items they own", default=None, omit_default=True)

    words: str = ""

    def text(self) -> str:
        return self.words

    def is_about(self, person: int) -> bool:
        return person == self.person


class Redacted(Entry):
    """Texts were removed from other entries for good."""

    kind = EntryKind.REDACTED
    label = "Text redacted"
    icon = "ban"

    seq: int = stored("The number of the entry that somebody redacted")
    all: Sequence[int] = stored("The numbers of all entries from which the text was removed")
    reason: str = stored("Why")

    def text(self) -> str:
        return f"Redacted entry {self.seq}: {in_markdown(self.reason)}"
