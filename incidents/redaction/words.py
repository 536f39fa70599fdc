"""Find the words of an entry, and the other entries that have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from incidents import fields
from incidents.fields import FieldKind
from incidents.models import Action, EntryKind, Incident, Pin, TimelineEntry
from incidents.traces import have_in_common
from people.access import is_administrator
from people.models import Person

PINS: Final = (EntryKind.PIN_ADDED, EntryKind.PIN_CHANGED)
ACTIONS: Final = (EntryKind.ACTION_ADDED, EntryKind.ACTION_COMPLETED)
PROPERTIES: Final = (
    EntryKind.OPENED,
    EntryKind.TITLE_CHANGED,
    EntryKind.SUMMARY_CHANGED,
    EntryKind.IMPACT_CHANGED,
    EntryKind.FIELD_CHANGED,
)
NOTES: Final = (EntryKind.NOTE_ADDED, EntryKind.NOTE_CORRECTED)
OWN_WORDS: Final = (*NOTES, EntryKind.UPDATE_POSTED, EntryKind.TROUBLE)
WITH_WORDS: Final = (*OWN_WORDS, *PINS, *ACTIONS, *PROPERTIES, EntryKind.LINK_ADDED)
WITHOUT_WORDS: Final = tuple(kind for kind in EntryKind if kind not in WITH_WORDS)  # plugins' kinds may have some
TEXT_FIELDS: Final = (FieldKind.TEXT, FieldKind.PARAGRAPH, FieldKind.LINK)


def pin_of(entry: TimelineEntry) -> Pin | None:
    is_pin = entry.kind in PINS
    return Pin.objects.filter(pk=entry.data.get("pin"), incident=entry.incident_id).first() if is_pin else None


def action_of(entry: TimelineEntry) -> Action | None:
    is_action = entry.kind in ACTIONS
    return Action.objects.filter(pk=entry.data.get("action"), incident=entry.incident_id).first() if is_action else None


def entries_of(incident: Incident | int, kinds: Iterable[EntryKind]) -> list[TimelineEntry]:
    return list(TimelineEntry.objects.filter(incident=incident, kind__in=kinds).order_by("seq"))


def values_of(entry: TimelineEntry) -> dict[str, str]:
    """Return the texts that an entry gave to properties of the incident, by key."""
    match entry.kind:
        case EntryKind.FIELD_CHANGED:
            is_text = entry.data.get("field_kind") in TEXT_FIELDS and isinstance(entry.data.get("value"), str)
            found = {fields.key(entry.data["field"]): entry.data["value"]} if is_text else {}
        case _:
            found = {name: entry.data.get(name) for name in ("title", "summary", "impact")}
            for name, value in (entry.data.get("fields") or {}).items():
                field = fields.registry.find(name)
                if field is None or field.kind in TEXT_FIELDS:
                    found[fields.key(name)] = value
    return {key: value for key, value in found.items() if isinstance(value, str) and value}


def words_of(entry: TimelineEntry, *, by: Person | None = None) -> list[str]:
    """Return every text that is removed with this entry when `by` redacts it."""
    if entry.kind in PROPERTIES:
        return list(values_of(entry).values())
    if entry.kind == EntryKind.LINK_ADDED:
        return [str(entry.data.get("label", "")), str(entry.data.get("url", ""))]
    same = same_text(entry, by=by)
    words = [each.text for each in same]
    words += [str(each.data["from"]) for each in same if each.kind in PINS and each.data.get("from")]
    if pin := pin_of(entry):
        words += [pin.text, *(file.get("url", "") for file in pin.files)]
        words += [name for file in pin.files if (name := file.get("name", "file")) != "file"]
    if action := action_of(entry):
        words.append(action.text)
    return words


def same_text(entry: TimelineEntry, *, by: Person | None = None) -> list[TimelineEntry]:
    """Return the entries about the same pinned message, action item or note, including this one.

    The first author of a note, and administrators, redact all its versions; somebody who corrected it, only theirs.
    """
    if entry.kind in NOTES:
        first, stand = first_of_note(entry), _standing_of_note(entry)
        if by is None or first.actor_id == by.pk or is_administrator(by):
            return stand
        return [each for each in stand if each.actor_id == by.pk]
    for kinds, name in ((PINS, "pin"), (ACTIONS, "action")):
        if entry.kind in kinds:
            wanted = entry.data.get(name)
            return [each for each in entries_of(entry.incident_id, kinds) if each.data.get(name) == wanted]
    return [entry]


def _standing_of_note(entry: TimelineEntry) -> list[TimelineEntry]:
    """Return the entry, and the others of its note that are not redacted."""
    first = first_of_note(entry).seq
    told = [each for each in entries_of(entry.incident_id, NOTES) if first in (each.seq, each.data.get("note"))]
    return [each for each in told if each.pk == entry.pk or "redacted" not in each.data]


def others_of_note(entry: TimelineEntry, *, words: Sequence[str], same: Sequence[TimelineEntry]) -> list[TimelineEntry]:
    """Return what other people wrote of the same note, where a part of the words stands: a correction keeps most."""
    if entry.kind not in NOTES:
        return []
    ours = {each.pk for each in same}
    others = [each for each in _standing_of_note(entry) if each.pk not in ours]
    return [each for each in others if any(have_in_common(text, each.text) for text in words)]


def first_of_note(entry: TimelineEntry) -> TimelineEntry:
    if entry.kind == EntryKind.NOTE_ADDED:
        return entry
    return TimelineEntry.objects.get(incident=entry.incident_id, seq=entry.data["note"])


def with_same_values(entry: TimelineEntry, *, by: Person) -> tuple[list[TimelineEntry], list[TimelineEntry]]:
    """Return this entry and those that set the same property to the same text, then the ones that stay.

    Words belong to each person who wrote them: only administrators redact both.
    """
    values, same, others = values_of(entry), [entry], []
    for each in entries_of(entry.incident_id, PROPERTIES):
        theirs = values_of(each)
        shared = {key: value for key, value in theirs.items() if values.get(key) == value}
        if each.pk == entry.pk or "redacted" in each.data or not shared:
            continue
        if each.actor_id != by.pk and not is_administrator(by):
            others.append(each)
        elif shared == theirs:
            same.append(each)
    return same, others
