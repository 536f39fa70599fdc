"""Keep signs of work, count them per day, and forget them. What somebody wrote or saw is never kept.

`note` is the only way in. Its caller has checked that the person may see the incident.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, TypeAlias

from django.conf import settings
from django.db import connection, transaction

from incidents.models import Activity, ActivityTotal, EntryKind, Incident
from jobs import storing
from people.actors import Actor
from people.models import Person

BATCH: Final = 500  # a small one: others write between two
VIEWED_AGAIN_AFTER: Final = timedelta(minutes=5)

Signs: TypeAlias = dict[tuple[int, int, int, datetime], Activity]
_together: ContextVar[Signs | None] = ContextVar("signs of work that one statement will store", default=None)


def note(incident: Incident, *, by: Actor, kind: Activity.Kind, at: datetime) -> None:
    """Keep a sign of work of a person. Bots and the program itself leave none."""
    if not isinstance(by, Person) or by.is_bot:
        return
    sign = Activity(person_id=by.pk, incident_id=incident.pk, at=at, kind=kind)
    signs = _together.get()
    if signs is None:
        storing.insert([sign], key="id", on_conflict="NOTHING")
    else:
        signs[by.pk, incident.pk, kind, at] = sign


def note_change(incident: Incident, kind: str, *, by: Actor, at: datetime) -> None:
    """Keep that somebody changed an incident. That they take part is no change: what they did is kept by itself."""
    if kind != EntryKind.PARTICIPANT_JOINED:
        note(incident, by=by, kind=Activity.Kind.EDIT, at=at)


@contextmanager
def together() -> Iterator[None]:
    """Store what is noted in this block with one statement at its end, and equal signs once. Not if it raises.

    Outside a transaction, where parts of the block may be committed when others fail, each sign is stored at once.
    """
    if not connection.in_atomic_block:
        yield
        return
    outer, signs = _together.get(), Signs()
    token = _together.set(signs)
    try:
        yield
    finally:
        _together.reset(token)
    if outer is None:
        storing.insert(list(signs.values()), key="id", on_conflict="NOTHING")
    else:
        outer |= signs


@contextmanager
def sign(incident: Incident | None, *, by: Actor, kind: Activity.Kind, at: datetime) -> Iterator[None]:
    """Note a sign of work if the block succeeds, together with what is noted in the block."""
    with together():
        yield
        if incident is not None:
            note(incident, by=by, kind=kind, at=at)


def note_view(incident_id: int, *, by: Person, at: datetime) -> None:
    """Keep that somebody opened the document, unless they did so in the last minutes. It is one statement."""
    table = connection.ops.quote_name(Activity._meta.db_table)
    moment = Activity._meta.get_field("at").get_db_prep_save
    sign = (by.pk, incident_id, int(Activity.Kind.VIEW))
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (person_id, incident_id, kind, at) SELECT %s, %s, %s, %s "  # noqa: S608
            f"WHERE NOT EXISTS (SELECT 1 FROM {table} "
            "WHERE person_id = %s AND incident_id = %s AND kind = %s AND at > %s)",
            [*sign, moment(at, connection), *sign, moment(at - VIEWED_AGAIN_AFTER, connection)],
        )


def midnight(day: date) -> datetime:
    """Return the beginning of a day in UTC."""
    return datetime.combine(day, time(), UTC)


def throw_away_old(now: datetime) -> None:
    """Turn the signs of days that are older than `ACTIVITY_DAYS` into daily totals. Any number of workers may do it."""
    before = midnight(now.astimezone(UTC).date() - timedelta(days=settings.ACTIVITY_DAYS))
    while _count_the_oldest(before):
        pass
    for model in (Activity, ActivityTotal):
        # A job may have noted something while its person was being erased.
        model._default_manager.filter(person__erased_at__isnull=False).delete()


@transaction.atomic
def _count_the_oldest(before: datetime) -> bool:
    """Add a batch of signs to the totals and delete them; return False when there are no more.

    The lock lets one worker count each sign. Rows are written in the order of time, so the first ones are the oldest
    and no index by time alone is needed.
    """
    oldest = Activity.objects.select_for_update().order_by("pk")[:BATCH]
    old = [each for each in oldest if each.at < before]
    counts = Counter((each.person_id, each.at.astimezone(UTC).date(), each.incident_id, each.kind) for each in old)
    totals = [
        ActivityTotal(person_id=person, day=day, incident_id=incident, kind=kind, count=count)
        for (person, day, incident, kind), count in sorted(counts.items())
    ]
    table = connection.ops.quote_name(ActivityTotal._meta.db_table)
    add = f"UPDATE SET count = {table}.count + excluded.count"
    storing.insert(totals, key="person_id, day, incident_id, kind", on_conflict=add)
    Activity.objects.filter(pk__in=[each.pk for each in old]).delete()
    return len(old) == BATCH


def forget(person: Person) -> None:
    """Delete all that is kept of a person's work, totals included."""
    for model in (Activity, ActivityTotal):
        model._default_manager.filter(person=person).delete()
