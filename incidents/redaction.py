"""Remove a text for good: a leaked password, personal data.

The text is removed from the entry, from every entry that repeats it, from the incident, pin or action item that has
it, and from every copy that an interface stores: interfaces register a `Purge`, which runs in the same transaction. The
entry stays in its place and says who redacted it, when and why.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, Final

from django.db import transaction

from incidents import fields, news, queries
from incidents.access import is_administrator
from incidents.errors import InvalidValue, NotAllowed, NotFound, WrongState
from incidents.fields import FieldKind
from incidents.locking import lock
from incidents.models import Action, EntryKind, Incident, Link, Person, Pin, TimelineEntry
from incidents.texts import in_markdown, one_line
from incidents.traces import REDACTED, Traces, changed, have_in_common

REASON_MAX: Final = 200
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
TEXT_FIELDS: Final = (FieldKind.TEXT, FieldKind.PARAGRAPH, FieldKind.LINK)


@dataclass(frozen=True)
class Removed:
    """What an interface needs to know to remove its own copies."""

    incident: Incident
    traces: Traces
    properties: Sequence[str]  # of the incident, whose current value was overwritten: "title", "summary", …
    titles: Sequence[str]  # the removed titles: a channel may be named after them
    entries: Sequence[TimelineEntry]  # whose texts were overwritten
    cleaned: Sequence[int]  # primary keys of entries that contained the text beside other facts
    by: Person
    at: datetime
    key: str  # unique to this redaction


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


Purge = Callable[[Removed], Iterable[str]]
_purges: list[Purge] = []


def on_redaction(purge: Purge) -> None:
    """Call `purge` in the transaction of each redaction. It returns addresses of copies that it can't remove."""
    if purge not in _purges:
        _purges.append(purge)


# Redacting ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def redact_entry(incident: Incident, *, entry: TimelineEntry, by: Person, reason: str, at: datetime) -> Redaction:
    """Redact what an entry says, and every copy of it. Leave a redacted entry as it is."""
    lock(incident, by=by)
    entry.refresh_from_db()
    if entry.incident_id != incident.pk:
        raise NotFound(f"{incident.reference} has no such entry.")
    if "redacted" in entry.data:
        return Redaction(entry, is_new=False)
    words = _words_of(entry, by=by)
    reason = check(entry, by=by, reason=reason)
    values = _values_of(entry) if entry.kind in PROPERTIES else {}
    same = _same_text(entry, by=by)
    others: list[TimelineEntry] = []
    cleaned: list[int] = []
    properties: list[str] = []
    if entry.kind in PROPERTIES:
        same, others = _with_same_values(entry, by=by)
        properties = _clear_properties(incident, entry, others=others)
        cleaned = _clean_entries_before(entry, same=same, others=others)
    else:
        others = _others_of_note(entry, words=words, same=same)
        _clear_row(incident, entry, at=at)
    for each in same:
        _Mark(by, at, reason).put_on(each)
    news_seq = _record(incident, entry, reason=reason, same=same, by=by, at=at, changed_fields=properties)
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
    elsewhere = [address for purge in _purges for address in purge(removed)]
    if pin := _pin_of(entry):
        elsewhere.insert(0, pin.permalink)
    entry.refresh_from_db()
    addresses = [each for each in dict.fromkeys(elsewhere) if each]
    return Redaction(entry, is_new=True, elsewhere=addresses, others=len(others))


def redact_pin(incident: Incident, *, pin: Pin, by: Person, reason: str, at: datetime) -> Redaction:
    """Redact a pinned message: every entry about it, and what the page shows of it."""
    found = [each for each in _entries(incident, PINS) if each.data.get("pin") == pin.pk]
    if not found:
        raise NotFound(f"{incident.reference} has no such pinned message.")
    return redact_entry(incident, entry=found[0], by=by, reason=reason, at=at)


def redact_action(incident: Incident, *, action: Action, by: Person, reason: str, at: datetime) -> Redaction:
    """Redact an action item: it stays in the list without its text."""
    found = [each for each in _entries(incident, ACTIONS) if each.data.get("action") == action.pk]
    if not found:
        raise NotFound(f"{incident.reference} has no such action.")
    return redact_entry(incident, entry=found[0], by=by, reason=reason, at=at)


def has_words(entry: TimelineEntry) -> bool:
    """Return whether the entry has a text that a person wrote and that still exists."""
    return entry.kind in WITH_WORDS and "redacted" not in entry.data and not _is_ours(entry)


def may_redact(person: Person, entry: TimelineEntry) -> bool:
    """Return whether to offer it: some words are theirs, or they are an administrator."""
    if not has_words(entry):
        return False
    return _author_of(entry, by=person) == person or is_administrator(person)


def redactable(incident: Incident, *, by: Person) -> Iterator[tuple[TimelineEntry, Pin | None, list[str]]]:
    """Yield the entries that `by` may redact, newest first, with their pinned message and their texts.

    Of several entries about one pinned message or action item, yield only the newest.
    """
    done = set()
    for entry in reversed(_entries(incident, WITH_WORDS)):
        about = (entry.data.get("pin"), entry.data.get("action"))
        if about != (None, None) and about in done:
            continue
        done.add(about)
        if may_redact(by, entry):
            yield entry, _pin_of(entry), _words_of(entry)


def may_redact_action(person: Person, action: Action) -> bool:
    return action.redacted_at is None and (action.created_by == person or is_administrator(person))


def check(entry: TimelineEntry, *, by: Person, reason: str) -> str:
    """Refuse what `redact_entry` would refuse, and return the reason as it will be stored."""
    _check_sees(entry.incident, by)
    if not has_words(entry):
        raise WrongState(f"Entry {entry.seq} was written by Response, so there is nothing to redact.")
    _check_may(by, author=_author_of(entry, by=by))
    return _checked_reason(reason, words=_words_of(entry))


def check_may(what: TimelineEntry | Action, *, by: Person) -> None:
    """Refuse what `by` may not redact before they give a reason. Raise `WrongState` or `NotAllowed`."""
    if isinstance(what, Action):
        if what.redacted_at is not None:
            raise WrongState("This action item is already redacted.")
        _check_may(by, author=what.created_by)
        return
    if "redacted" in what.data:
        raise WrongState(f"Entry {what.seq} is already redacted.")
    if not has_words(what):
        raise WrongState(f"Entry {what.seq} was written by Response, so there is nothing to redact.")
    _check_may(by, author=_author_of(what, by=by))


def others_sentence(others: int) -> str:
    """Return a sentence on how many entries of other people keep the text."""
    entries = f"{others} entries of other people have" if others > 1 else "1 entry of another person has"
    return f"{entries} the same text. Ask a Response administrator to redact it there too."


# Rules ----------------------------------------------------------------------------------------------------------------


def _check_sees(incident: Incident, person: Person) -> None:
    if not queries.incidents(person).filter(pk=incident.pk).exists():
        raise NotFound(f"There is no incident {incident.reference}.")


def _check_may(by: Person, *, author: Person | None) -> None:
    if author != by and not is_administrator(by):
        if author is None:
            raise NotAllowed("You didn't write this text. Ask a Response administrator to redact it.")
        raise NotAllowed(f"You can redact only your own text. {author} wrote this; ask a Response administrator.")


def _checked_reason(reason: str, *, words: Sequence[str]) -> str:
    reason = one_line(reason)
    if not reason:
        raise InvalidValue("Give a reason, such as “contained a password”.", field="reason")
    if len(reason) > REASON_MAX:
        raise InvalidValue(
            f"The reason has {len(reason)} characters. Shorten it to {REASON_MAX} or fewer.", field="reason"
        )
    # A word with digits that isn't a number looks like a password, a key or an address.
    tokens = [token for text in words for token in re.findall(r"\S{6,}", text) if re.search(r"\d.*\D|\D.*\d", token)]
    short = [text for text in words if not text.replace(" ", "").isalpha()]  # "it is" is part of many good reasons
    if Traces([*words, *tokens]).are_in(reason) or Traces(short, short=True).are_in(reason) or reason in words:
        raise InvalidValue("The reason stays visible. Don't repeat the redacted text in it.", field="reason")
    return reason


def _is_ours(entry: TimelineEntry) -> bool:
    """Return whether it is a link that an interface attached. Its words come from the title."""
    return entry.kind == EntryKind.LINK_ADDED and entry.data.get("kind") in (Link.CHANNEL, Link.HEADLINE)


def _author_of(entry: TimelineEntry, *, by: Person) -> Person | None:
    """Return the author of the words. Those of a corrected note also belong to its first author."""
    if entry.kind == EntryKind.NOTE_CORRECTED and _first_of_note(entry).actor_id == by.pk:
        return by
    if pin := _pin_of(entry):
        return pin.author
    if action := _action_of(entry):
        return action.created_by
    return entry.actor


def _pin_of(entry: TimelineEntry) -> Pin | None:
    is_pin = entry.kind in PINS
    return Pin.objects.filter(pk=entry.data.get("pin"), incident=entry.incident_id).first() if is_pin else None


def _action_of(entry: TimelineEntry) -> Action | None:
    is_action = entry.kind in ACTIONS
    return Action.objects.filter(pk=entry.data.get("action"), incident=entry.incident_id).first() if is_action else None


# What it says, and who else says it -----------------------------------------------------------------------------------


def _entries(incident: Incident | int, kinds: Iterable[EntryKind]) -> list[TimelineEntry]:
    return list(TimelineEntry.objects.filter(incident=incident, kind__in=kinds).order_by("seq"))


def _values_of(entry: TimelineEntry) -> dict[str, str]:
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


def _words_of(entry: TimelineEntry, *, by: Person | None = None) -> list[str]:
    """Return every text that is removed with this entry when `by` redacts it."""
    if entry.kind in PROPERTIES:
        return list(_values_of(entry).values())
    if entry.kind == EntryKind.LINK_ADDED:
        return [str(entry.data.get("label", "")), str(entry.data.get("url", ""))]
    same = _same_text(entry, by=by)
    words = [each.text for each in same]
    words += [str(each.data["from"]) for each in same if each.kind in PINS and each.data.get("from")]
    if pin := _pin_of(entry):
        words += [pin.text, *(file.get("url", "") for file in pin.files)]
        words += [name for file in pin.files if (name := file.get("name", "file")) != "file"]
    if action := _action_of(entry):
        words.append(action.text)
    return words


def _same_text(entry: TimelineEntry, *, by: Person | None = None) -> list[TimelineEntry]:
    """Return the entries about the same pinned message, action item or note, including this one.

    The first author of a note, and administrators, redact all its versions; somebody who corrected it, only theirs.
    """
    if entry.kind in NOTES:
        first, stand = _first_of_note(entry), _standing_of_note(entry)
        if by is None or first.actor_id == by.pk or is_administrator(by):
            return stand
        return [each for each in stand if each.actor_id == by.pk]
    for kinds, name in ((PINS, "pin"), (ACTIONS, "action")):
        if entry.kind in kinds:
            wanted = entry.data.get(name)
            return [each for each in _entries(entry.incident_id, kinds) if each.data.get(name) == wanted]
    return [entry]


def _standing_of_note(entry: TimelineEntry) -> list[TimelineEntry]:
    """Return the entry, and the others of its note that are not redacted."""
    first = _first_of_note(entry).seq
    told = [each for each in _entries(entry.incident_id, NOTES) if first in (each.seq, each.data.get("note"))]
    return [each for each in told if each.pk == entry.pk or "redacted" not in each.data]


def _others_of_note(
    entry: TimelineEntry, *, words: Sequence[str], same: Sequence[TimelineEntry]
) -> list[TimelineEntry]:
    """Return what other people wrote of the same note, where a part of the words stands: a correction keeps most."""
    if entry.kind not in NOTES:
        return []
    ours = {each.pk for each in same}
    others = [each for each in _standing_of_note(entry) if each.pk not in ours]
    return [each for each in others if any(have_in_common(text, each.text) for text in words)]


def _first_of_note(entry: TimelineEntry) -> TimelineEntry:
    if entry.kind == EntryKind.NOTE_ADDED:
        return entry
    return TimelineEntry.objects.get(incident=entry.incident_id, seq=entry.data["note"])


def _with_same_values(entry: TimelineEntry, *, by: Person) -> tuple[list[TimelineEntry], list[TimelineEntry]]:
    """Return this entry and those that set the same property to the same text, then the ones that stay.

    Words belong to each person who wrote them: only administrators redact both.
    """
    values, same, others = _values_of(entry), [entry], []
    for each in _entries(entry.incident_id, PROPERTIES):
        theirs = _values_of(each)
        shared = {key: value for key, value in theirs.items() if values.get(key) == value}
        if each.pk == entry.pk or "redacted" in each.data or not shared:
            continue
        if each.actor_id != by.pk and not is_administrator(by):
            others.append(each)
        elif shared == theirs:
            same.append(each)
    return same, others


def _clean_entries_before(
    entry: TimelineEntry, *, same: Sequence[TimelineEntry], others: Sequence[TimelineEntry]
) -> list[int]:
    """Overwrite the texts in entries that contain them beside other facts; return the primary keys of those entries.

    A text that stays in other people's entries is theirs, and also stays where an entry says that it was replaced.
    """
    theirs = {(key, value) for other in others for key, value in _values_of(other).items()}
    values = {key: value for key, value in _values_of(entry).items() if (key, value) not in theirs}
    kept, cleaned = {each.pk for each in (*same, *others)}, []
    for each in _entries(entry.incident_id, (*PROPERTIES, EntryKind.LINK_ADDED)):
        if each.pk in kept or "redacted" in each.data:
            continue
        if each.kind == EntryKind.LINK_ADDED:
            _clean_channel_name(each, values.get("title", ""))
            continue
        told = [*_values_of(each).items(), *_before(each).items()]
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


def _clear_properties(incident: Incident, entry: TimelineEntry, *, others: Sequence[TimelineEntry]) -> list[str]:
    """Overwrite the incident's current values, unless one of the others set them; return the columns."""
    columns = set()
    latest = {key: each.pk for each in _entries(incident, PROPERTIES) for key in _values_of(each)}
    theirs = {each.pk for each in others}
    for key, value in _values_of(entry).items():
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


def _clear_row(incident: Incident, entry: TimelineEntry, *, at: datetime) -> None:
    """Overwrite the pin, action item or link that the entry is about."""
    if pin := _pin_of(entry):
        pin.text, pin.files, pin.redacted_at = REDACTED, [], at
        pin.save(update_fields=["text", "files", "redacted_at"])
    if action := _action_of(entry):
        action.text, action.redacted_at = REDACTED, at
        action.save(update_fields=["text", "redacted_at"])
    if entry.kind == EntryKind.LINK_ADDED:
        Link.objects.filter(incident=incident, kind=entry.data.get("kind"), url=entry.data.get("url")).delete()


def _without_texts(entry: TimelineEntry) -> dict[str, Any]:
    """Return the entry's data without people's words. The current state can still be replayed from it."""
    values = _values_of(entry)
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
class _Mark:
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
        else:
            kept = {name: entry.data[name] for name in self.KEPT if name in entry.data}
        redacted = {"by": self.by.pk, "at": self.at.isoformat(), "reason": self.reason}
        entry.overwrite(text=text, data=kept | {"redacted": redacted})


# Under the lock -------------------------------------------------------------------------------------------------------


def _record(
    incident: Incident,
    entry: TimelineEntry,
    *,
    reason: str,
    same: Sequence[TimelineEntry],
    by: Person,
    at: datetime,
    changed_fields: Sequence[str],
) -> int:
    incident.version += 1
    incident.save(update_fields=["version", *changed_fields])
    data: dict[str, Any] = {"seq": entry.seq, "all": list(_numbers(same)), "reason": reason}
    TimelineEntry.objects.create(
        incident=incident,
        seq=incident.version,
        kind=EntryKind.REDACTED,
        happened_at=at,
        recorded_at=at,
        actor=by,
        text=f"Redacted entry {entry.seq}: {in_markdown(reason)}",
        data=data,
    )
    news.announce_after_commit(incident.pk)
    return incident.version


def _numbers(entries: Iterable[TimelineEntry]) -> Iterator[int]:
    yield from sorted(entry.seq for entry in entries)
