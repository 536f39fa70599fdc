"""Keep messages for the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from incidents import entries, vetoes
from incidents.locking import lock
from incidents.models import Incident, Pin
from incidents.recording import record
from people.actors import Actor, allowed_to_system, person_of
from people.models import Person
from people.texts import cleaned, one_line


@vetoes.change
@allowed_to_system
def add_pin(
    incident: Incident,
    *,
    source: str,
    text: str,
    author: Person | None,
    said_at: datetime,
    by: Actor,
    at: datetime,
    author_name: str = "",
    permalink: str = "",
    files: list[dict[str, str]] | None = None,
    how: str = Pin.PINNED,
) -> None:
    """Keep a message for the timeline. A message that is pinned already, or was redacted, stays as it is.

    `author_name` is who said it where no person did: another program. `how` is one of `Pin`'s: a reaction, or a
    message's menu, pins nothing.
    """
    lock(incident, by=by)
    pin = Pin.objects.filter(incident=incident, source=source).first()
    if pin is not None and (pin.removed_at is None or pin.redacted_at is not None):
        return
    pin = pin or Pin(incident=incident, source=source)
    pin.text, pin.author, pin.said_at = cleaned(text), author, said_at
    pin.author_name = one_line(author_name)[: Pin.AUTHOR_NAME_MAX]
    pin.permalink, pin.files = permalink, [_cleaned_file(file) for file in files or []]
    pin.pinned_by, pin.pinned_at, pin.removed_at = person_of(by), at, None
    pin.save()
    entry = entries.PinAdded(
        pin=pin.pk,
        source=source,
        author=author.pk if author else None,
        permalink=permalink,
        how=how,
        author_name=pin.author_name,
        words=pin.text,
    )
    record(incident, entry, by=by, at=at, happened_at=said_at)


def _cleaned_file(file: Mapping[str, str]) -> dict[str, str]:
    return {key: cleaned(value) for key, value in file.items()}


@vetoes.change
@allowed_to_system
def remove_pin(incident: Incident, *, source: str, by: Actor, at: datetime, was_deleted: bool = False) -> None:
    """Take a message off the page; history keeps it. One that is not pinned stays so."""
    lock(incident, by=by)
    pin = Pin.objects.filter(incident=incident, source=source, removed_at=None).first()
    if pin is None:
        return
    pin.removed_at = at
    pin.save(update_fields=["removed_at"])
    record(incident, entries.PinRemoved(pin=pin.pk, source=source, was_deleted=was_deleted), by=by, at=at)


@vetoes.change
@allowed_to_system
def change_pin(incident: Incident, *, source: str, text: str, by: Actor, at: datetime) -> None:
    """Follow a later edit of a pinned message. One that is not pinned, was redacted, or says the same, stays."""
    lock(incident, by=by)
    pin = Pin.objects.filter(incident=incident, source=source, removed_at=None, redacted_at=None).first()
    text = cleaned(text)
    if pin is None or pin.text == text:
        return
    old, pin.text = pin.text, text
    pin.save(update_fields=["text"])
    record(incident, entries.PinChanged(pin=pin.pk, source=source, was=old, words=text), by=by, at=at)
