"""Correct or withdraw a note on the timeline. Entries stay: a correction is a new entry that refers to the note.

`data["note"]` of a correction is the number of the note's first entry. The newest entry is the current version, and
its `happened_at` is the time of the event.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from incidents import times, vetoes
from incidents.entries import NoteCorrected, NoteWithdrawn
from incidents.locking import lock
from incidents.models import EntryKind, Incident, TimelineEntry
from incidents.recording import record
from incidents.texts import typed_length
from people.access import is_administrator
from people.actors import System
from people.errors import Conflict, InvalidValue, NotAllowed, NotFound, Unchanged, WrongState
from people.models import Person
from people.texts import cleaned

CORRECTIONS: Final = (EntryKind.NOTE_CORRECTED, EntryKind.NOTE_WITHDRAWN)
MOST: Final = 100  # corrections that a page's history shows, of all its notes
NOTES: Final = (EntryKind.NOTE_ADDED, *CORRECTIONS)


@vetoes.change
def correct_note(
    incident: Incident,
    *,
    note: TimelineEntry,
    text: str,
    by: Person,
    at: datetime,
    happened_at: datetime | None = None,
    seen: int | None = None,
) -> TimelineEntry:
    """Change what a note says, and return the new entry. `note` is any of its entries.

    `happened_at` corrects when it happened; None keeps the time. `seen` is the number of the entry that the writer
    saw: raise `Conflict` if somebody has corrected the note since. Raise `NotAllowed` for everybody but the note's
    author, the lead and administrators.
    """
    lock(incident, by=by)
    first, newest = _versions(incident, note)
    check_may(first, incident=incident, by=by)
    _check_stands(newest)
    if seen is not None and seen != newest.seq:
        raise Conflict(
            f"Somebody corrected this note while you were writing. It now says: {newest.text}",
            field="note",
            current=newest.text,
        )
    text = _checked(text)
    happened_at = times.checked(happened_at, field="happened_at") if happened_at else newest.happened_at
    if happened_at > at:
        raise InvalidValue("That time is in the future.", field="happened_at")
    if (text, happened_at) == (newest.text, newest.happened_at):
        raise Unchanged("The note already says that.")
    correction = NoteCorrected(note=first.seq, words=text)
    return record(incident, correction, happened_at=happened_at, by=by, at=at)


@vetoes.change
def withdraw_note(incident: Incident, *, note: TimelineEntry, by: Person, at: datetime) -> TimelineEntry:
    """Withdraw a note, and return the new entry. The page says by whom, and keeps the text in the note's history."""
    lock(incident, by=by)
    first, newest = _versions(incident, note)
    check_may(first, incident=incident, by=by)
    if newest.kind == EntryKind.NOTE_WITHDRAWN:
        raise Unchanged("This note is already withdrawn.")
    _check_stands(newest)
    return record(incident, NoteWithdrawn(note=first.seq), happened_at=newest.happened_at, by=by, at=at)


@vetoes.change
def follow_deleted_message(incident: Incident, *, note: TimelineEntry, at: datetime) -> None:
    """Withdraw a note because its message was deleted. Leave a withdrawn note as it is."""
    by = System("a deleted message")
    lock(incident, by=by)
    first, newest = _versions(incident, note)
    if newest.kind == EntryKind.NOTE_WITHDRAWN or newest.is_redacted:
        return
    correction = NoteWithdrawn(note=first.seq, was_deleted=True)
    record(incident, correction, happened_at=newest.happened_at, by=by, at=at)


def may_correct(person: Person, first: TimelineEntry, *, lead: Person | None) -> bool:
    """Return whether to offer a correction to somebody who sees the incident."""
    return first.actor_id == person.pk or person == lead or is_administrator(person)


def check_may(first: TimelineEntry, *, incident: Incident, by: Person) -> None:
    if not may_correct(by, first, lead=incident.lead):
        author = first.actor or "Response"
        raise NotAllowed(
            f"{author} wrote this note. Only {author}, the lead and Response administrators can correct or withdraw it."
        )


def versions(incident: Incident, note: TimelineEntry) -> list[TimelineEntry]:
    """Return a note's entries, oldest first. `note` is any of them."""
    if note.kind not in NOTES or note.incident_id != incident.pk:
        raise NotFound(f"Entry {note.seq} of {incident.reference} isn't a note. You can correct only notes.")
    number = note.data["note"] if note.kind in CORRECTIONS else note.seq
    entries = TimelineEntry.objects.filter(incident=incident).select_related("actor").order_by("seq")
    return [entries.get(seq=number), *entries.filter(kind__in=CORRECTIONS, data__note=number)]


def entries_by_note(incident: Incident, notes: Sequence[int]) -> dict[int, list[TimelineEntry]]:
    """Return the entries of corrected notes by the number of each first entry, with the newest hundred corrections.

    `notes` are the numbers of the first entries on a page.
    """
    if not notes:
        return {}
    entries = TimelineEntry.objects.filter(incident=incident).select_related("actor").order_by("seq")
    firsts = {entry.seq: [entry] for entry in entries.filter(seq__in=notes)}
    newest = entries.filter(kind__in=CORRECTIONS, data__note__in=list(notes)).reverse()[:MOST]
    for entry in sorted(newest, key=lambda each: each.seq):
        firsts[entry.data["note"]].append(entry)
    return firsts


def newest_by_note(incident: Incident, notes: Sequence[int]) -> dict[int, TimelineEntry]:
    """Return the newest correction of each of these notes that has one."""
    if not notes:
        return {}
    found = TimelineEntry.objects.filter(incident=incident, kind__in=CORRECTIONS, data__note__in=list(notes))
    return {entry.data["note"]: entry for entry in found.select_related("actor").order_by("seq")}


def _versions(incident: Incident, note: TimelineEntry) -> tuple[TimelineEntry, TimelineEntry]:
    found = versions(incident, note)
    return found[0], found[-1]


def _check_stands(newest: TimelineEntry) -> None:
    if newest.kind == EntryKind.NOTE_WITHDRAWN:
        raise WrongState("This note was withdrawn. Write a new one.")
    if newest.is_redacted:
        raise WrongState("This note was redacted. Write a new one.")


def _checked(text: str) -> str:
    text = cleaned(text).strip()
    if not text:
        raise InvalidValue("Write what happened, or withdraw the note.", field="note")
    if (length := typed_length(text)) > Incident.TEXT_MAX:
        raise InvalidValue(f"The note is too long: {length} characters, at most {Incident.TEXT_MAX}.", field="note")
    return text
