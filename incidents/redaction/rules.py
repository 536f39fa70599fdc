"""Decide who may redact what, and for which reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from incidents import queries
from incidents.models import Action, EntryKind, Incident, Link, TimelineEntry
from incidents.redaction.words import WITHOUT_WORDS, action_of, first_of_note, pin_of, words_of
from incidents.traces import Traces
from people.access import is_administrator
from people.errors import InvalidValue, NotAllowed, NotFound, WrongState
from people.models import Person
from people.texts import one_line

REASON_MAX: Final = 200


def has_words(entry: TimelineEntry) -> bool:
    """Return whether the entry has a text that a person wrote and that still exists."""
    return entry.kind not in WITHOUT_WORDS and "redacted" not in entry.data and not _is_ours(entry)


def may_redact(person: Person, entry: TimelineEntry) -> bool:
    """Return whether to offer it: some words are theirs, or they are an administrator."""
    if not has_words(entry):
        return False
    return _author_of(entry, by=person) == person or is_administrator(person)


def may_redact_action(person: Person, action: Action) -> bool:
    return action.redacted_at is None and (action.created_by == person or is_administrator(person))


def check(entry: TimelineEntry, *, by: Person, reason: str) -> str:
    """Refuse what `redact_entry` would refuse, and return the reason as it will be stored."""
    _check_sees(entry.incident, by)
    if not has_words(entry):
        raise WrongState(f"Entry {entry.seq} was written by Response, so there is nothing to redact.")
    _check_may(by, author=_author_of(entry, by=by))
    return _checked_reason(reason, words=words_of(entry))


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
    if entry.kind == EntryKind.NOTE_CORRECTED and first_of_note(entry).actor_id == by.pk:
        return by
    if pin := pin_of(entry):
        return pin.author
    if action := action_of(entry):
        return action.created_by
    return entry.actor
