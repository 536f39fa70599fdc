"""Erase a person: their name becomes "a former colleague" wherever we store it, and the history stays.

Leads, participants and authors stay linked to the person's row, which no longer identifies them. Sentences that the
program wrote, and mentions that it resolved to a name, are overwritten. Texts in which other people wrote the name
themselves are not: redact those.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from incidents import news
from incidents.access import is_administrator
from incidents.errors import InvalidValue, WrongState
from incidents.fields import FieldKind
from incidents.models import Action, EntryKind, Incident, Person, Pin, TimelineEntry
from incidents.redaction import REASON_MAX
from incidents.texts import in_markdown, one_line
from incidents.traces import as_texts, changed, mentions, overwrite

logger = logging.getLogger(__name__)

FORMER_COLLEAGUE: Final = "a former colleague"
# Sentences that the program writes about people.
ABOUT_PEOPLE: Final = (
    EntryKind.LEAD_ASSIGNED,
    EntryKind.LEAD_REMOVED,
    EntryKind.ROLE_ASSIGNED,
    EntryKind.ROLE_REMOVED,
    EntryKind.PARTICIPANT_JOINED,
    EntryKind.MEMBER_INVITED,
    EntryKind.MEMBER_REMOVED,
)


@dataclass(frozen=True)
class Erased:
    """The person's former identity, so that interfaces can remove their own copies."""

    person: Person
    name: str
    email: str
    at: datetime

    def without(self, text: str) -> str:
        """Return `text` with the name replaced, and without the address."""
        for known, instead, flags in (
            (self.email, "", re.IGNORECASE),
            # Case matters: "Will" is a name, "will" is a word.
            (in_markdown(self.name), FORMER_COLLEAGUE, re.NOFLAG),
            (self.name, FORMER_COLLEAGUE, re.NOFLAG),
        ):
            if known:
                text = re.sub(rf"(?<!\w){re.escape(known)}(?!\w)", instead, text, flags=flags)
        return text


Forget = Callable[[Erased], None]
_forgets: list[Forget] = []


def on_erasure(forget: Forget) -> None:
    """Call `forget` in the transaction of each erasure."""
    if forget not in _forgets:
        _forgets.append(forget)


@transaction.atomic
def erase_person(person: Person, *, by: Person | None, reason: str, at: datetime) -> bool:
    """Remove a person's identity; return False if that was done before.

    `by` is None on the server's command line, whose user can read and change everything anyway.
    """
    if by is not None and not is_administrator(by):
        raise WrongState("Only Response administrators can erase a person.")
    reason = one_line(reason)
    if not reason or len(reason) > REASON_MAX:
        raise InvalidValue(f"Give a reason of at most {REASON_MAX} characters.", field="reason")
    # no_key: other writers lock an incident, then reference the person. We lock in the opposite order.
    person.refresh_from_db(from_queryset=Person.objects.select_for_update(no_key=True))
    if person.erased_at is not None:
        return False
    erased = Erased(person, person.name, person.email, at)
    login = person.login
    person.name, person.email, person.time_zone = FORMER_COLLEAGUE, "", "UTC"
    person.is_active, person.erased_at, person.login = False, at, None
    person.save()
    if login is not None:
        _close(login, person)
    for incident in _incidents_with(erased):
        _overwrite(incident, erased)
    for forget in _forgets:
        forget(erased)
    logger.warning("Person %s was erased by %s: %s", person.pk, by.pk if by else "the command line", reason)
    return True


def _close(login: AbstractUser, person: Person) -> None:
    """Disable the account and remove personal data. The row stays, because other tables may refer to it."""
    login.username, login.email = f"erased-{person.pk}", ""
    login.first_name = login.last_name = ""
    login.is_active = login.is_staff = login.is_superuser = False
    login.set_unusable_password()
    login.save()


def _incidents_with(erased: Erased) -> Iterator[Incident]:
    """Yield the incidents that may contain the name, each locked, so that concurrent writes wait for the erasure."""
    words = [max(re.findall(r"[A-Za-z0-9]+", erased.name), key=len, default="")]
    found: set[int] = set()
    for rows, columns, incident in (
        (Incident.objects.all(), ("title", "summary", "impact", "field_values"), "pk"),
        (TimelineEntry.objects.all(), ("text", "data"), "incident"),
        (Pin.objects.all(), ("text",), "incident"),
        (Action.objects.all(), ("text",), "incident"),
    ):
        found.update(
            rows.annotate(**as_texts(columns)).filter(mentions(columns, words)).values_list(incident, flat=True)
        )
    for pk in sorted(found):
        yield Incident.objects.select_for_update(no_key=True).get(pk=pk)


def _is_about(entry: TimelineEntry, person: Person) -> bool:
    if "redacted" in entry.data:
        return bool(entry.data["redacted"].get("by") == person.pk)
    if entry.kind == EntryKind.FIELD_CHANGED:
        is_person = entry.data.get("field_kind") == FieldKind.PERSON
        return is_person and person.pk in (entry.data.get("value"), entry.data.get("from"))
    # When a lead or a role ends, the entry doesn't record whose it was.
    names = [entry.data.get(key) for key in ("person", "lead", "from")]
    return entry.kind in ABOUT_PEOPLE and (person.pk in names or not any(names))


def _overwrite(incident: Incident, erased: Erased) -> None:
    """Overwrite the name in the program's sentences about the person, and where it replaced a mention."""
    mention = re.compile(rf"@{re.escape(erased.name)}(?!\w)")

    def without(text: str) -> str:
        return mention.sub(f"@{FORMER_COLLEAGUE}", text)

    for entry in incident.entries.all():
        text = erased.without(entry.text) if _is_about(entry, erased.person) else entry.text
        text, data = without(text), changed(entry.data, without)
        if (text, data) != (entry.text, entry.data):
            entry.overwrite(text=text, data=data)
    overwritten = overwrite(
        incident, ("title", "summary", "impact", "field_values"), lambda value: changed(value, without)
    )
    for row in (*incident.pins.all(), *incident.actions.all()):
        overwritten |= overwrite(row, ("text",), without)
    if overwritten:
        news.announce_after_commit(incident.pk)
