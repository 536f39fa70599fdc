"""Note who takes part."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.db.models import BigIntegerField, DateTimeField, F, IntegerField, QuerySet
from django.db.models.functions import Greatest, Least

from incidents import access, activity, entries, vetoes
from incidents.locking import lock
from incidents.models import Activity, Incident, Participant
from incidents.recording import record
from jobs.compiled_queries import Slot, Update
from people.actors import System
from people.models import Person


def record_participation(
    incident: Incident, *, person: Person, at: datetime, messages: int = 0, sign: Activity.Kind | None = None
) -> None:
    """Note that `person` was there at `at` and said so many messages. Only the first time is told in the timeline.

    `sign` is what they did, if that is kept as a sign of work.

    Nothing is noted of somebody who may not see the incident: being near it is no part in it.
    """
    if not access.may(person, access.SEE, incident):
        return
    # Nobody who writes meanwhile waits for a mere count, and one statement needs no transaction.
    if not was_seen_again(incident, person, at=at, messages=messages):
        _record_first_sign(incident, person, at=at, messages=messages)
    if sign is not None:
        activity.note(incident, by=person, kind=sign, at=at)


def record_activity(incident: Incident, *, person: Person, kind: Activity.Kind, at: datetime) -> None:
    """Keep a sign of work of somebody who may see the incident; of others nothing."""
    if access.may(person, access.SEE, incident):
        activity.note(incident, by=person, kind=kind, at=at)


@vetoes.change
def _record_first_sign(incident: Incident, person: Person, *, at: datetime, messages: int) -> None:
    lock(incident, by=System("a sign of participation"))
    if access.may(person, access.SEE, incident) and take_part(incident, person, at=at, messages=messages):
        record(incident, entries.ParticipantJoined(person=person.pk, name=str(person)), by=person, at=at)


def take_part(incident: Incident, person: Person, *, at: datetime, messages: int = 0) -> bool:
    """Under the lock, return True when this is the first we see of them."""
    if was_seen_again(incident, person, at=at, messages=messages):
        return False
    join(incident, person, at=at, messages=messages)
    return True


def was_seen_again(incident: Incident, person: Person, *, at: datetime, messages: int) -> bool:
    """Count by the database: others do so meanwhile, without the lock."""
    return bool(_SEEN_AGAIN.run(incident=incident.pk, person=person.pk, at=at, messages=messages))


def _seen_again() -> tuple[QuerySet[Participant], dict[str, Any]]:
    at = Slot("at", DateTimeField())
    known = Participant.objects.filter(
        incident=Slot("incident", BigIntegerField()), person=Slot("person", BigIntegerField())
    )
    return known, {
        "first_seen_at": Least("first_seen_at", at),
        "last_seen_at": Greatest("last_seen_at", at),
        "message_count": F("message_count") + Slot("messages", IntegerField()),
        "left_at": None,
    }


_SEEN_AGAIN: Final = Update(_seen_again)


def join(incident: Incident, person: Person, *, at: datetime, messages: int) -> None:
    Participant.objects.create(
        incident=incident, person=person, first_seen_at=at, last_seen_at=at, message_count=messages
    )
