"""Erase a person: their name becomes "a former colleague" wherever we store it, and the history stays.

Leads, participants and authors stay linked to the person's row, which no longer identifies them. Sentences that the
program wrote, and mentions that it resolved to a name, are overwritten. Texts in which other people wrote the name
themselves are not: redact those.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.contrib.auth.models import AbstractUser
from django.db import transaction

from incidents import activity
from incidents.entries import is_own
from incidents.models import Action, Incident, Pin, TimelineEntry
from incidents.redaction import REASON_MAX
from incidents.texts import in_markdown
from incidents.traces import as_texts, changed, mentions, overwrite
from people.access import is_administrator
from people.actors import Actor, System, allowed_to_system, checks_actors
from people.errors import InvalidValue, NotAllowed
from people.models import Person
from people.texts import one_line

logger = logging.getLogger(__name__)

FORMER_COLLEAGUE: Final = "a former colleague"


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
    """Call `forget` in the last transaction of each erasure."""
    if forget not in _forgets:
        _forgets.append(forget)


@checks_actors
@allowed_to_system
def erase_person(person: Person, *, by: Actor, reason: str, at: datetime) -> bool:
    """Remove a person's identity; return False if that was done before.

    It takes one transaction per incident, so that nobody waits for all of them. When it is interrupted, the person can
    do nothing any more, and erasing them again goes on. On the server's command line, `by` is a `System`: its user can
    read and change everything anyhow. Raise `NotAllowed` for anybody else who is not an administrator.
    """
    if not isinstance(by, System) and not is_administrator(by):
        raise NotAllowed("Only Response administrators can erase a person.")
    reason = one_line(reason)
    if not reason or len(reason) > REASON_MAX:
        raise InvalidValue(f"Give a reason of at most {REASON_MAX} characters.", field="reason")
    if not _shut_out(person, at=at):
        return False
    erased = Erased(person, person.name, person.email, at)
    versions = {}
    for pk in _incidents_with(erased):
        with transaction.atomic():
            incident = Incident.objects.select_for_update(no_key=True).get(pk=pk)
            _overwrite(incident, erased)
            versions[pk] = incident.version
    _finish(erased, versions)
    logger.warning("Person %s was erased by %s: %s", person.pk, by.pk if isinstance(by, Person) else by.cause, reason)
    return True


@transaction.atomic
def _shut_out(person: Person, *, at: datetime) -> bool:
    """Close the account of somebody whose name is still there to be looked for; return False when it is not."""
    person.refresh_from_db(from_queryset=Person.objects.select_for_update(no_key=True))
    if person.erased_at is not None and (person.name, person.email) == (FORMER_COLLEAGUE, ""):
        return False
    login = person.login
    person.is_active, person.erased_at, person.login = False, person.erased_at or at, None
    person.save(update_fields=["is_active", "erased_at", "login"])
    if login is not None:
        _close(login, person)
    return True


@transaction.atomic
def _finish(erased: Erased, versions: Mapping[int, int]) -> None:
    """Remove the name itself, and from the incidents that were changed since: `versions` are those of the others."""
    person = erased.person
    # no_key: who writes about an incident locks it, then points at the person. We lock in the other order.
    person.refresh_from_db(from_queryset=Person.objects.select_for_update(no_key=True))
    person.name, person.email, person.time_zone = FORMER_COLLEAGUE, "", "UTC"
    person.save(update_fields=["name", "email", "time_zone"])
    found = _incidents_with(erased)
    known = dict(Incident.objects.filter(pk__in=found).values_list("pk", "version"))
    for pk in found:
        if versions.get(pk) != known.get(pk):
            _overwrite(Incident.objects.select_for_update(no_key=True).get(pk=pk), erased)
    activity.forget(person)
    for forget in _forgets:
        forget(erased)


def _close(login: AbstractUser, person: Person) -> None:
    """Disable the account and remove personal data. The row stays, because other tables may refer to it."""
    login.username, login.email = f"erased-{person.pk}", ""
    login.first_name = login.last_name = ""
    login.is_active = login.is_staff = login.is_superuser = False
    login.set_unusable_password()
    login.save()


def _incidents_with(erased: Erased) -> list[int]:
    """Return the primary keys of the incidents in which the name may be, or the address, in their order."""
    forms = {form for known in (erased.name, erased.email) if known for form in (known, in_markdown(known))}
    # Databases store JSON with other letters, quotes and backslashes escaped, each in its own way.
    words = forms | {json.dumps(form, ensure_ascii=is_ascii)[1:-1] for form in forms for is_ascii in (True, False)}
    found: set[int] = set()
    for rows, columns, incident in (
        (Incident.objects.all(), ("title", "summary", "impact", "field_values"), "pk"),
        (TimelineEntry.objects.all(), ("text", "data"), "incident"),
        (Pin.objects.all(), ("text",), "incident"),
        (Action.objects.all(), ("text",), "incident"),
    ):
        with_it = rows.annotate(**as_texts(columns)).filter(mentions(columns, words))
        found.update(with_it.order_by().values_list(incident, flat=True).distinct())
    return sorted(found)


def _is_about(entry: TimelineEntry, person: Person) -> bool:
    if "redacted" in entry.data:
        return bool(entry.data["redacted"].get("by") == person.pk)
    details = entry.details
    return details.is_about(person.pk) if is_own(entry.kind) else not details.has_written_text()


def _overwrite(incident: Incident, erased: Erased) -> None:
    """Overwrite the name in what the program wrote about the person, and where it stands in the place of a mention."""
    names = "|".join(re.escape(name) for name in (in_markdown(erased.name), erased.name))
    mention = re.compile(rf"@(?:{names})(?!\w)")

    def without(text: str) -> str:
        return mention.sub(f"@{FORMER_COLLEAGUE}", text)

    for entry in incident.entries.all():
        text = erased.without(entry.text) if _is_about(entry, erased.person) else entry.text
        data = entry.data if is_own(entry.kind) else changed(entry.data, erased.without)
        text, data = without(text), changed(data, without)
        if (text, data) != (entry.text, entry.data):
            entry.overwrite(text=text, data=data)
    overwrite(incident, ("title", "summary", "impact", "field_values"), lambda value: changed(value, without))
    for row in (*incident.pins.all(), *incident.actions.all()):
        overwrite(row, ("text",), without)
