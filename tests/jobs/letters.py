"""A package with jobs of its own, as its author would write it: letters that are delivered in order per addressee."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, ClassVar

from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from jobs import claims, endings, queues, retries, storing, switches, tables, wakeup
from jobs.claims import Candidates
from jobs.kinds import Kinds
from jobs.models import Job, Switch
from jobs.moments import Moment
from jobs.queues import Clock, Queue
from jobs.tables import Description, Table
from jobs.tiers import Tier

NAME = "letters"
STRIKE = "strike"
MAX_FAILURES = 3


class Letter(Job):
    """A job: a letter, or a telegram, to somebody."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=30)
    text = models.TextField()

    objects: ClassVar[models.Manager[Letter]] = models.Manager()

    class Meta:
        app_label = "letters"


class Plain:
    """What is done with a letter of a kind."""

    tier = Tier.ESSENTIAL

    def deliver(self, letter: Letter) -> None:
        if letter.text == "illegible":
            raise ValueError("Nobody can read this")
        delivered.append(letter.text)


class Advertisement(Plain):
    tier = Tier.EXTRA


KINDS: Kinds[Plain] = Kinds("letters")
KINDS.add("plain", Plain())
KINDS.add("advertisement", Advertisement())

delivered: list[str] = []


def send(text: str, *, to: str, kind: str = "plain") -> None:
    """Store a letter, once, and wake a worker after the commit."""
    now = timezone.now()
    letter = Letter(
        key=f"{to}:{text}", kind=kind, text=text, order_key=to, priority=5, tier=KINDS[kind].tier, created_at=now
    )
    storing.insert([letter], on_conflict="NOTHING")
    wakeup.wake_after_commit(NAME)


def claim_next(now: datetime) -> Letter | None:
    return claims.claim_next(_search, switches.by_environment(), now=now)


def is_waiting(since: datetime) -> bool:
    return claims.is_waiting(_search, switches.by_environment(), since=since)


def _search(now: Moment, *_: object) -> Candidates[Letter]:
    rows = switches.running(Letter.objects.all())
    earlier = rows.filter(is_open=True, order_key=OuterRef("order_key"), pk__lt=OuterRef("pk"))
    return Candidates(claims.due(rows, now), ~Exists(earlier), rows, Q(), ("pk",))


def work_on(letter: Letter, now: Clock) -> None:
    """Deliver a letter; one that failed three times is kept for operators."""
    ours = endings.held_by_us(letter)
    try:
        with transaction.atomic():
            KINDS[letter.kind].deliver(letter)
            if not endings.close(letter, now=now()):
                transaction.set_rollback(True)
    except ValueError:
        error = traceback.format_exc()
        if letter.failures + 1 >= MAX_FAILURES:
            endings.fail_permanently(ours, now=now(), reason=error)
            return
        endings.note_failure(ours, error=error, not_before=now() + retries.pause(letter.failures + 1))


class Letters(Table[Letter]):
    """What operators see. Advertisements are nobody's business."""

    name = NAME
    title = "letter"
    direction = "by post"
    purpose = "to be delivered"

    def rows(self) -> QuerySet[Letter]:
        return Letter.objects.all()

    def queue_of(self, row: Letter) -> str:
        return NAME

    def describe(self, rows: Sequence[Letter], *, viewer: Any) -> list[Description]:
        return [
            Description(f"letter to {row.order_key}", row.error)
            if row.kind == "plain" or viewer == row.order_key
            else Description("a letter", "Hidden")
            for row in rows
        ]

    def is_too_late(self) -> Q:
        return Q(kind="advertisement")


class Strike(switches.Family):
    """A switch of this package: while it is off, nothing is delivered."""

    def __init__(self) -> None:
        self.ended = 0

    def names(self) -> Mapping[str, str]:
        return {STRIKE: "Delivery of letters"}

    def leave_out_held(
        self, rows: QuerySet[Any], off: QuerySet[Switch], by_environment: Sequence[str]
    ) -> QuerySet[Any]:
        if rows.model is not Letter:
            return rows
        if STRIKE in by_environment:
            return rows.none()
        return rows.exclude(Exists(off.filter(key=STRIKE)))

    def held_by(self, key: str, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows if rows.model is Letter else rows.none()

    def turned_on(self, key: str, *, at: datetime) -> None:
        self.ended += key == STRIKE


@contextmanager
def post_office() -> Iterator[Strike]:
    """Make the table, inside the transaction of a test, and register what the package declares."""
    editor = connection.schema_editor()
    editor.deferred_sql = []
    sql, params = editor.table_sql(Letter)
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
    delivered.clear()
    strike = Strike()
    queues.register(
        Queue(name=NAME, rows=Letter.objects.all, claim_next=claim_next, is_waiting=is_waiting, work_on=work_on)
    )
    tables.register(Letters())
    switches.register(strike)
    try:
        yield strike
    finally:
        queues.forget(NAME)
        tables.forget(NAME)
        switches.forget(strike)
