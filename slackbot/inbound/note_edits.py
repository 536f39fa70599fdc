"""Follow the edits of messages in which notes were written."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from incidents import corrections
from incidents.models import EntryKind, Incident
from people.models import Person
from slackbot.directory.people import markdown
from slackbot.kit import commands
from slackbot.kit.arguments import time_and_text
from slackbot.kit.registry import registry

COMMAND: Final = "timeline"


def follow(
    incident: Incident,
    *,
    source: str,
    before: Sequence[str],
    after: Sequence[str],
    by: Person,
    now: datetime,
) -> list[str]:
    """Correct the notes of a message whose author edited it; return the lines that this handled.

    `before` and `after` are the message's commands. Notes are identified by their order: if there are more or fewer
    than before, it is unknown which one changed.
    """
    notes = list(incident.entries.filter(kind=EntryKind.NOTE_ADDED, data__source=source).order_by("seq"))
    old, new = _notes_in(before), _notes_in(after)
    if not len(old) == len(new) == len(notes):
        return []
    done = []
    for note, (_, was), (line, says) in zip(notes, old, new, strict=True):
        if was != says:
            happened_at, text = time_and_text(says, me=by, now=now)
            _, text_before = time_and_text(was, me=by, now=now)
            if was.removesuffix(text_before) == says.removesuffix(text):
                happened_at = None  # "10 minutes ago" was relative to the original message
            corrections.correct_note(incident, note=note, text=markdown(text), happened_at=happened_at, by=by, at=now)
            done.append(line)
    return done


def _notes_in(lines: Sequence[str]) -> list[tuple[str, str]]:
    """Return the lines that add a note, each with the note's text."""
    found = [(line, commands.split(line)) for line in lines]
    return [
        (line, said.text)
        for line, said in found
        if (command := registry.commands.get(said.name)) is not None and command.name == COMMAND
    ]
