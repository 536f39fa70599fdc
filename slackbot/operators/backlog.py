"""What waits, what fails and what was given up, coming in and going out; and what operators can do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from incidents.errors import IncidentError
from incidents.models import Person
from jobs import claims, wakeup
from jobs.error_summary import telling_line
from jobs.tiers import PATIENCE, WORDS, Tier
from slackbot.api.error_codes import REFUSES_ALL
from slackbot.inbound.job_kinds.kind import kind_of
from slackbot.jobs import switches
from slackbot.models import InboxEntry, OutboxEntry
from slackbot.operators.belonging import HIDDEN, Belonging, Row
from slackbot.outbound.deliveries.kind import kinds_where

# Any: rows of either, which have in common what is used here.
_TABLES: Final[dict[str, QuerySet[Any]]] = {
    "in": InboxEntry.objects.all(),
    "out": OutboxEntry.objects.select_related("incident"),
}
LETTERS: Final = 1500  # of an error that a page shows


@dataclass(frozen=True)
class Waiting:
    """How much of a tier waits in one direction ("in", "out"), and since when.

    Rows that a switch disables, or that Slack refuses individually, are not counted, because they are not delayed.
    """

    way: str
    tier: Tier
    count: int
    oldest_at: datetime | None

    @property
    def words(self) -> str:
        return WORDS[self.tier]

    def age(self, now: datetime) -> float:
        """Return the seconds that the oldest has waited, 0 when nothing does."""
        return max(0.0, (now - self.oldest_at).total_seconds()) if self.oldest_at else 0.0

    def is_late(self, now: datetime) -> bool:
        return self.age(now) > PATIENCE[self.tier].total_seconds()


# What there is --------------------------------------------------------------------------------------------------------


def waiting() -> list[Waiting]:
    """Return a line for each direction and tier."""
    return [line for way in _TABLES for line in waiting_on(way)]


def waiting_on(way: str) -> Iterator[Waiting]:
    rows = _not_refused(_TABLES[way]).filter(is_open=True)
    if rows.model is OutboxEntry:
        rows = rows.exclude(kind__in=kinds_where(lambda kind: kind.only_checks))
    by_tier = switches.running(rows).values("tier")
    found = {line["tier"]: line for line in by_tier.annotate(count=Count("pk"), oldest=Min("created_at"))}
    for tier in Tier:
        line = found.get(tier, {"count": 0, "oldest": None})
        yield Waiting(way, tier, line["count"], line["oldest"])


def _not_refused(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(refused_at=None) if rows.model is OutboxEntry else rows


def refused(since: datetime) -> list[tuple[str, Row]]:
    """Return the rows that Slack has refused individually since before `since`; they are retried."""
    rows = _TABLES["out"].filter(is_open=True, refused_at__lt=since).order_by("refused_at")
    return [("out", row) for row in rows[:50]]


def count_refused() -> int:
    return OutboxEntry.objects.filter(is_open=True, refused_at__isnull=False).count()


def refusals_of_all() -> list[tuple[str, datetime]]:
    """Return the codes with which Slack refuses whatever we ask, as sentences, and since when a message waits."""
    waiting = OutboxEntry.objects.filter(is_open=True, error__startswith=REFUSES_ALL).order_by("error")
    return list(waiting.values_list("error").annotate(since=Min("created_at")))


def held() -> int:
    """Return how many open rows the switches hold."""
    open_rows = [rows.filter(is_open=True) for rows in _TABLES.values()]
    return sum(rows.count() - switches.running(rows).count() for rows in open_rows)


def given_up(limit: int = 200) -> list[tuple[str, Row]]:
    """Return what was quarantined or refused, the newest first: a person must look."""
    return _newest(Q(given_up_at__isnull=False), "-given_up_at", limit)


def count_given_up() -> int:
    return sum(rows.filter(given_up_at__isnull=False).count() for rows in _TABLES.values())


def failing(limit: int = 200) -> list[tuple[str, Row]]:
    """Return what has failed or died at least once and is tried again."""
    return _newest(Q(is_open=True) & (Q(failures__gt=0) | ~Q(error="")), "-created_at", limit)


def late(now: datetime, limit: int = 50) -> list[tuple[str, Row]]:
    """Return what is due, held by nobody, and older than its tier allows."""
    old = Q()
    for tier, patience in PATIENCE.items():
        old |= Q(tier=tier, created_at__lt=now - patience)
    due = {
        way: switches.running(claims.due(_not_refused(rows), now)).filter(old).order_by("created_at")
        for way, rows in _TABLES.items()
    }
    return [(way, row) for way, rows in due.items() for row in rows[:limit]]


def _newest(which: Q, order: str, limit: int) -> list[tuple[str, Row]]:
    return [(way, row) for way, rows in _TABLES.items() for row in rows.filter(which).order_by(order)[:limit]]


@dataclass(frozen=True)
class Shown:
    """What somebody may read of a row: whose work it is and about what, where it came from, and why it failed."""

    way: str
    row: Row
    name: str
    event: str
    error: str

    @property
    def telling_line(self) -> str:
        return telling_line(self.error)[:LETTERS]

    @property
    def can_retry(self) -> bool:
        return _can_retry(self.row)


def shown(rows: Iterable[tuple[str, Row]], *, viewer: Person | None) -> list[Shown]:
    """Return what `viewer` may read of the rows, or of private incidents nobody in particular: see `belonging`."""
    listed = list(rows)
    belonging = Belonging.of([row for _, row in listed], viewer=viewer)
    return [
        Shown(way, row, f"{row.kind}{belonging.about(row)}", "", HIDDEN)
        if belonging.is_hidden(row)
        else Shown(way, row, f"{_name_of(row)}{belonging.about(row)}", _event_of(row), _shortened(row.error))
        for way, row in listed
    ]


def _shortened(error: str) -> str:
    """Keep both ends: the reason stands first, and the end of a traceback tells what happened."""
    return error if len(error) <= LETTERS else f"{error[: LETTERS // 3]}\n…\n{error[-2 * LETTERS // 3 :]}"


def _name_of(row: Row) -> str:
    if isinstance(row, OutboxEntry):
        return row.kind
    whose = f"{row.plugin}: " if row.plugin else ""
    return f"{whose}{kind_of(row.kind).described(row)} ({row.kind})"


def _event_of(row: Row) -> str:
    """Name the event that a row of the inbox came from, or what else it is about."""
    if not isinstance(row, InboxEntry):
        return ""
    kind = row.payload.get("type") if isinstance(row.payload, dict) else None
    return f"event: {kind}, key {row.key}" if kind else f"key {row.key}"


# What can be done about it -------------------------------------------------------------------------------------------


@transaction.atomic
def retry(way: str, pk: int, *, by: Person | None, door: str, at: datetime) -> None:
    """Have it tried anew, as if it had never failed. Raises `IncidentError` when that makes no sense."""
    row = _take(way, pk)
    if not _can_retry(row):
        raise IncidentError("The person was told that it failed. It can only be discarded: they will have tried again.")
    reopen(row)
    switches.note(f"Tried again: {_for_everybody(way, row).name}, {_which(way, row)}", by=by, door=door, at=at)


def _can_retry(row: Row) -> bool:
    return not isinstance(row, InboxEntry) or kind_of(row.kind).can_retry


def reopen(row: Row) -> None:
    """Have it tried as if it had never failed."""
    changes = {"attempts": 0, "failures": 0, "not_before": None, "lease_until": None, "closed_at": None}
    if isinstance(row, OutboxEntry):
        changes["refused_at"] = None
    type(row)._default_manager.filter(pk=row.pk).update(is_open=True, given_up_at=None, **changes)
    wakeup.wake_after_commit("outbox" if isinstance(row, OutboxEntry) else row.queue)


@transaction.atomic
def discard(way: str, pk: int, *, by: Person | None, door: str, at: datetime) -> None:
    """Let it be: it is not done, and nobody is asked to look again."""
    row = _take(way, pk)
    _TABLES[way].filter(pk=pk).update(is_open=False, given_up_at=None, lease_until=None, closed_at=at)
    known = _for_everybody(way, row)
    switches.note(f"Discarded: {known.name}, {_which(way, row)}: {known.telling_line}", by=by, door=door, at=at)


def _take(way: str, pk: int) -> Row:
    """Raise `IncidentError` when there is nothing left to do."""
    rows = _TABLES.get(way, InboxEntry.objects.none()).select_for_update(of=("self",))
    row: Row | None = rows.filter(pk=pk).filter(Q(is_open=True) | Q(given_up_at__isnull=False)).first()
    if row is None:
        raise IncidentError("That is done, or somebody discarded it in the meantime.")
    return row


def _for_everybody(way: str, row: Row) -> Shown:
    """Return what every operator may read, now and later."""
    return shown([(way, row)], viewer=None)[0]


def _which(way: str, row: Row) -> str:
    return f"{'inbox' if way == 'in' else 'outbox'} {row.pk}"
