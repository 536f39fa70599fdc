"""Entries about what an incident says: declared with it, or changed since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from incidents.entries.entry import Entry, stored
from incidents.entries.kinds import EntryKind
from incidents.fields import FieldKind
from incidents.texts import in_markdown


class Opened(Entry):
    """The incident was declared. Its severity and its lead have entries of their own, which follow."""

    kind = EntryKind.OPENED
    label = "Declared"
    icon = "flag"

    title: str = stored("The title")
    summary: str = stored("The summary, Markdown")
    impact: str = stored("The impact, Markdown")
    severity: str | None = stored("Always null: another entry sets the severity")
    incident_kind: str = stored("What it is: live, report or drill", key="kind")
    status: str = stored("The status with which it begins")
    private: bool = stored("Whether only participants see it")
    started_at: datetime = stored("When it began")
    fields: Mapping[str, Any] = stored("The values of custom fields, by name")

    reference: str = ""
    kind_words: str = ""  # "" for a live one

    def text(self) -> str:
        """Name the choices that get no separate entry; for an ordinary live incident, that is only the title."""
        chosen = [word for word in ("private" if self.private else "", self.kind_words) if word]
        how = f" ({', '.join(chosen)})" if chosen else ""
        return f"Declared {self.reference}{how}: {in_markdown(self.title)}"


class TitleChanged(Entry):
    """The incident was renamed."""

    kind = EntryKind.TITLE_CHANGED
    label = "Title changed"
    icon = "pen"

    title: str = stored("The new title")
    was: str = stored("The title before", key="from")

    def text(self) -> str:
        return f"Renamed to “{in_markdown(self.title)}”"


class SummaryChanged(Entry):
    """The summary was written or cleared."""

    kind = EntryKind.SUMMARY_CHANGED
    label = "Summary changed"
    icon = "text"
    is_written = True

    summary: str = stored("The new summary, Markdown; empty when it was cleared")

    def text(self) -> str:
        return self.summary or "Cleared"


class ImpactChanged(Entry):
    """The impact was written or cleared."""

    kind = EntryKind.IMPACT_CHANGED
    label = "Impact changed"
    icon = "text"
    is_written = True

    impact: str = stored("The new impact, Markdown; empty when it was cleared")

    def text(self) -> str:
        return self.impact or "Cleared"


class SeverityChanged(Entry):
    """The severity was set or changed."""

    kind = EntryKind.SEVERITY_CHANGED
    label = "Severity changed"
    icon = "gauge"

    severity: str = stored("The key of the new severity")
    was: str | None = stored("The key of the previous severity; null if there was none", key="from")

    name: str = ""
    was_name: str = ""

    def text(self) -> str:
        now = in_markdown(self.name)
        return f"Severity changed from {in_markdown(self.was_name)} to {now}" if self.was else f"Severity set to {now}"


class KindChanged(Entry):
    """The incident became a live one, a report or a drill."""

    kind = EntryKind.KIND_CHANGED
    label = "Kind changed"
    icon = "pen"

    incident_kind: str = stored("The new kind: live, report or drill", key="kind")
    was: str = stored("The previous kind", key="from")

    words: str = ""

    def text(self) -> str:
        return f"Is now {self.words}"


class StartedAtChanged(Entry):
    """Somebody corrected when the incident began."""

    kind = EntryKind.STARTED_AT_CHANGED
    label = "Start time changed"
    icon = "clock"

    started_at: datetime = stored("When it began")
    was: datetime = stored("The previously recorded start time", key="from")

    def text(self) -> str:
        return f"Began at {self.started_at:%Y-%m-%d %H:%M} UTC"


class FieldChanged(Entry):
    """A custom field was set, changed or emptied."""

    kind = EntryKind.FIELD_CHANGED
    label = "Field changed"
    icon = "pen"

    field: str = stored("The name of the field")
    field_label: str = stored("The field's label at the time", key="label")
    field_kind: str = stored("The field's kind, for example text or choice")
    value: Any = stored("The new value; null when it was emptied")
    was: Any = stored("The value before; null when there was none", key="from")

    words: str = ""  # of the values, Markdown
    was_words: str = ""

    def text(self) -> str:
        label = f"“{in_markdown(self.field_label)}”"
        if self.value is None:
            return f"{label} emptied; it said {self.was_words}"
        if self.has_written_text():
            return f"{label} now says:\n\n{self.value}"
        return (
            f"{label} set to {self.words}"
            if self.was is None
            else f"{label} changed from {self.was_words} to {self.words}"
        )

    def has_written_text(self) -> bool:
        return self.field_kind == FieldKind.PARAGRAPH

    def is_about(self, person: int) -> bool:
        return self.field_kind == FieldKind.PERSON and person in (self.value, self.was)
