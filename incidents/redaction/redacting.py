"""Redact an entry, a pinned message or an action item."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from incidents.entries import Redacted
from incidents.locking import lock
from incidents.models import Action, Incident, Pin, TimelineEntry
from incidents.recording import record_unasked
from incidents.redaction.overwriting import Mark, clean_entries_before, clear_properties, clear_row
from incidents.redaction.purging import Removed, purges
from incidents.redaction.rules import check, may_redact
from incidents.redaction.words import (
    ACTIONS,
    PINS,
    PROPERTIES,
    WITHOUT_WORDS,
    entries_of,
    others_of_note,
    pin_of,
    same_text,
    values_of,
    with_same_values,
    words_of,
)
from incidents.traces import Traces
from people.actors import checks_actors
from people.errors import NotFound
from people.models import Person


@dataclass(frozen=True)
class Redaction:
    """The result of a redaction.

    `elsewhere` are addresses of copies that only their authors can delete, and `others` is how many entries of other
    people have the same text and keep it, as only their authors and administrators can redact them. Of a note that was
    corrected, these are the entries that have a part of the text.
    """

    entry: TimelineEntry
    is_new: bool
    elsewhere: Sequence[str] = ()
    others: int = 0


@checks_actors
@transaction.atomic
def redact_entry(incident: Incident, *, entry: TimelineEntry, by: Person, reason: str, at: datetime) -> Redaction:
    """Redact what an entry says, and every copy of it. Leave a redacted entry as it is."""
    lock(incident, by=by)
    entry.refresh_from_db()
    if entry.incident_id != incident.pk:
        raise NotFound(f"{incident.reference} has no such entry.")
    if "redacted" in entry.data:
        return Redaction(entry, is_new=False)
    words = words_of(entry, by=by)
    reason = check(entry, by=by, reason=reason)
    values = values_of(entry) if entry.kind in PROPERTIES else {}
    same = same_text(entry, by=by)
    others: list[TimelineEntry] = []
    cleaned: list[int] = []
    properties: list[str] = []
    if entry.kind in PROPERTIES:
        same, others = with_same_values(entry, by=by)
        properties = clear_properties(incident, entry, others=others)
        cleaned = clean_entries_before(entry, same=same, others=others)
    else:
        others = others_of_note(entry, words=words, same=same)
        clear_row(incident, entry, at=at)
    for each in same:
        Mark(by, at, reason).put_on(each)
    redacted = Redacted(seq=entry.seq, all=sorted(each.seq for each in same), reason=reason)
    news_seq = record_unasked(incident, redacted, by=by, at=at, changed=properties).seq
    removed = Removed(
        incident=incident,
        traces=Traces(words),
        properties=properties,
        titles=[value for key, value in values.items() if key == "title" and not others],
        entries=same,
        cleaned=cleaned,
        by=by,
        at=at,
        key=f"{incident.pk}:{news_seq}",
    )
    elsewhere = [address for purge in purges for address in purge(removed)]
    if pin := pin_of(entry):
        elsewhere.insert(0, pin.permalink)
    entry.refresh_from_db()
    addresses = [each for each in dict.fromkeys(elsewhere) if each]
    return Redaction(entry, is_new=True, elsewhere=addresses, others=len(others))


@checks_actors
def redact_pin(incident: Incident, *, pin: Pin, by: Person, reason: str, at: datetime) -> Redaction:
    """Redact a pinned message: every entry about it, and what the page shows of it."""
    found = [each for each in entries_of(incident, PINS) if each.data.get("pin") == pin.pk]
    if not found:
        raise NotFound(f"{incident.reference} has no such pinned message.")
    return redact_entry(incident, entry=found[0], by=by, reason=reason, at=at)


@checks_actors
def redact_action(incident: Incident, *, action: Action, by: Person, reason: str, at: datetime) -> Redaction:
    """Redact an action item: it stays in the list without its text."""
    found = [each for each in entries_of(incident, ACTIONS) if each.data.get("action") == action.pk]
    if not found:
        raise NotFound(f"{incident.reference} has no such action item.")
    return redact_entry(incident, entry=found[0], by=by, reason=reason, at=at)


def redactable(incident: Incident, *, by: Person) -> Iterator[tuple[TimelineEntry, Pin | None, list[str]]]:
    """Yield the entries that `by` may redact, newest first, with their pinned message and their texts.

    Of several entries about one pinned message or action item, yield only the newest.
    """
    done = set()
    for entry in incident.entries.exclude(kind__in=WITHOUT_WORDS).order_by("-seq"):
        about = (entry.data.get("pin"), entry.data.get("action"))
        if about != (None, None) and about in done:
            continue
        done.add(about)
        if may_redact(by, entry):
            yield entry, pin_of(entry), words_of(entry)


def others_sentence(others: int) -> str:
    """Return a sentence on how many entries of other people keep the text."""
    entries = f"{others} entries of other people have" if others > 1 else "1 entry of another person has"
    return f"{entries} the same text. Ask a Response administrator to redact it there too."
