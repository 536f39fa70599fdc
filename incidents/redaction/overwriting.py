"""Overwrite the words of entries, and of what they are about."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

from incidents import fields
from incidents.entries import is_own
from incidents.models import EntryKind, Incident, Link, TimelineEntry
from incidents.redaction.words import PROPERTIES, action_of, entries_of, pin_of, values_of
from incidents.texts import in_markdown
from incidents.traces import REDACTED, Traces, changed
from people.models import Person
from people.texts import one_line


def clean_entries_before(
    entry: TimelineEntry, *, same: Sequence[TimelineEntry], others: Sequence[TimelineEntry]
) -> list[int]:
    """Overwrite the texts in entries that contain them beside other facts; return the primary keys of those entries.

    A text that stays in other people's entries is theirs, and also stays where an entry says that it was replaced.
    """
    theirs = {(key, value) for other in others for key, value in values_of(other).items()}
    values = {key: value for key, value in values_of(entry).items() if (key, value) not in theirs}
    kept, cleaned = {each.pk for each in (*same, *others)}, []
    for each in entries_of(entry.incident_id, (*PROPERTIES, EntryKind.LINK_ADDED)):
        if each.pk in kept or "redacted" in each.data:
            continue
        if each.kind == EntryKind.LINK_ADDED:
            _clean_channel_name(each, values.get("title", ""))
            continue
        told = [*values_of(each).items(), *_before(each).items()]
        if shared := {value for key, value in told if values.get(key) == value}:
            _clean(each, shared)
            cleaned.append(each.pk)
    return cleaned


def _before(entry: TimelineEntry) -> dict[str, str]:
    """Return the previous text that the entry names, by the key of its property."""
    old = entry.data.get("from")
    if not isinstance(old, str):
        return {}
    if entry.kind == EntryKind.FIELD_CHANGED:
        return {fields.key(entry.data["field"]): old}
    return {"title": old} if entry.kind == EntryKind.TITLE_CHANGED else {}


def _clean(entry: TimelineEntry, values: set[str]) -> None:
    """Overwrite these values in an entry that also has other facts."""
    traces = Traces(values, short=True)
    data = changed(entry.data, lambda leaf: REDACTED if leaf in values else leaf)
    text = entry.text
    for value in sorted(values, key=len, reverse=True):
        for form in (value, in_markdown(value), one_line(value), in_markdown(one_line(value))):
            text = text.replace(form, REDACTED)
    entry.overwrite(text=REDACTED if traces.are_in(text) else text, data=data)


def _clean_channel_name(entry: TimelineEntry, title: str) -> None:
    """Overwrite a channel's name that comes from the title."""
    traces = Traces([title], short=True)
    if not title or not traces.are_in(entry.data.get("label", "")):
        return
    Link.objects.filter(incident=entry.incident_id, kind=entry.data["kind"], url=entry.data["url"]).update(
        label=REDACTED
    )
    kind = str(entry.data["kind"]).capitalize()
    entry.overwrite(text=f"{kind}: [{REDACTED}]({entry.data['url']})", data=entry.data | {"label": REDACTED})


def clear_properties(incident: Incident, entry: TimelineEntry, *, others: Sequence[TimelineEntry]) -> list[str]:
    """Overwrite the incident's current values, unless one of the others set them; return the columns."""
    columns = set()
    latest = {key: each.pk for each in entries_of(incident, PROPERTIES) for key in values_of(each)}
    theirs = {each.pk for each in others}
    for key, value in values_of(entry).items():
        if latest.get(key) in theirs:
            continue
        name = fields.name_of(key)
        if name is not None and incident.field_values.get(name) == value:
            incident.field_values = {each: kept for each, kept in incident.field_values.items() if each != name}
            columns.add("field_values")
        elif name is None and getattr(incident, key) == value:
            setattr(incident, key, REDACTED)
            columns.add(key)
    return sorted(columns)


def clear_row(incident: Incident, entry: TimelineEntry, *, at: datetime) -> None:
    """Overwrite the pin, action item or link that the entry is about."""
    if pin := pin_of(entry):
        pin.text, pin.files, pin.redacted_at = REDACTED, [], at
        pin.save(update_fields=["text", "files", "redacted_at"])
    if action := action_of(entry):
        action.text, action.redacted_at = REDACTED, at
        action.save(update_fields=["text", "redacted_at"])
    if entry.kind == EntryKind.LINK_ADDED:
        Link.objects.filter(incident=incident, kind=entry.data.get("kind"), url=entry.data.get("url")).delete()


def _without_texts(entry: TimelineEntry) -> dict[str, Any]:
    """Return the entry's data without people's words. The current state can still be replayed from it."""
    values = values_of(entry)
    data = {name: REDACTED if name in values else value for name, value in entry.data.items()}
    if "fields" in data:
        given = entry.data["fields"]
        data["fields"] = {name: value for name, value in given.items() if fields.key(name) not in values}
    if entry.kind == EntryKind.FIELD_CHANGED:
        data["value"] = None
    if isinstance(data.get("from"), str):
        data["from"] = REDACTED
    return data


@dataclass(frozen=True)
class Mark:
    """The marker that replaces the text."""

    by: Person
    at: datetime
    reason: str

    # References that keep the timeline readable. They contain no words.
    KEPT: ClassVar = ("pin", "how", "note", "action", "kind", "owner", "priority", "type", "due_at", "source")

    def put_on(self, entry: TimelineEntry) -> None:
        who = in_markdown(self.by.name)
        text = f"Redacted by {who}, {self.at.astimezone(UTC):%Y-%m-%d %H:%M} UTC: {in_markdown(self.reason)}"
        if entry.kind in PROPERTIES:
            kept = _without_texts(entry)
        elif is_own(entry.kind):
            kept = {name: entry.data[name] for name in self.KEPT if name in entry.data}
        else:
            kept = {}  # only the plugin knows what it wrote there
        redacted = {"by": self.by.pk, "at": self.at.isoformat(), "reason": self.reason}
        entry.overwrite(text=text, data=kept | {"redacted": redacted})
