"""What waits, what fails and what failed permanently, in every table; and what operators can do about it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from django.db import transaction
from django.db.models import Count, Min, Q

from jobs import claims, operator_log, switches, tables, tiers, wakeup
from jobs.error_summary import telling_line
from jobs.errors import NothingLeft, NotRetryable
from jobs.operator_log import Actor
from jobs.tables import Table
from jobs.tiers import PATIENCE, Tier

Found: TypeAlias = tuple[str, Any]  # a row, and the name of its table
LETTERS: Final = 1500  # of an error that a page shows


@dataclass(frozen=True)
class Waiting:
    """How much of a tier waits in a table, and since when.

    Rows that a switch disables, or that wait for a reason of their own, are not counted, because they are not delayed.
    """

    table: Table[Any]
    tier: Tier
    count: int
    oldest_at: datetime | None

    @property
    def words(self) -> str:
        return tiers.words(self.tier)

    def age(self, now: datetime) -> float:
        """Return the seconds that the oldest has waited, 0 when nothing does."""
        return max(0.0, (now - self.oldest_at).total_seconds()) if self.oldest_at else 0.0

    def is_late(self, now: datetime) -> bool:
        return self.age(now) > PATIENCE[self.tier].total_seconds()


# What there is --------------------------------------------------------------------------------------------------------


def waiting() -> list[Waiting]:
    """Return a line for each table and tier."""
    return [line for table in tables.every() for line in _waiting_in(table)]


def waiting_in(name: str) -> list[Waiting]:
    """Return a line for each tier of the table. Raise KeyError if no table has this name."""
    return list(_waiting_in(tables.get(name)))


def _waiting_in(table: Table[Any]) -> Iterator[Waiting]:
    rows = table.worth_counting(table.not_on_hold(table.rows()).filter(is_open=True))
    by_tier = switches.running(rows).values("tier")
    found = {line["tier"]: line for line in by_tier.annotate(count=Count("pk"), oldest=Min("created_at"))}
    for tier in Tier:
        line = found.get(tier, {"count": 0, "oldest": None})
        yield Waiting(table, tier, line["count"], line["oldest"])


def held() -> int:
    """Return how many open rows the switches hold."""
    open_rows = [table.rows().filter(is_open=True) for table in tables.every()]
    return sum(rows.count() - switches.running(rows).count() for rows in open_rows)


def given_up(limit: int = 200) -> list[Found]:
    """Return what failed permanently, the newest first: a person must look."""
    return _newest(Q(given_up_at__isnull=False), "-given_up_at", limit)


def count_given_up() -> int:
    return sum(table.rows().filter(given_up_at__isnull=False).count() for table in tables.every())


def failing(limit: int = 200) -> list[Found]:
    """Return what has failed or died at least once and is tried again."""
    return _newest(Q(is_open=True) & (Q(failures__gt=0) | ~Q(error="")), "-created_at", limit)


def late(now: datetime, limit: int = 50) -> list[Found]:
    """Return what is due, held by nobody, and older than its tier allows."""
    old = Q()
    for tier, patience in PATIENCE.items():
        old |= Q(tier=tier, created_at__lt=now - patience)
    due = {
        table.name: switches.running(claims.due(table.not_on_hold(table.rows()), now)).filter(old)
        for table in tables.every()
    }
    return [(name, row) for name, rows in due.items() for row in rows.order_by("created_at")[:limit]]


def _newest(which: Q, order: str, limit: int) -> list[Found]:
    return [(table.name, row) for table in tables.every() for row in table.rows().filter(which).order_by(order)[:limit]]


@dataclass(frozen=True)
class Shown:
    """A row, and what somebody may read of it."""

    table: str
    row: Any
    name: str
    origin: str
    error: str

    @property
    def telling_line(self) -> str:
        return telling_line(self.error)[:LETTERS]

    @property
    def can_retry(self) -> bool:
        return not tables.get(self.table).why_not_retried(self.row)

    @property
    def queue(self) -> str:
        """The name of the queue that runs the row."""
        return tables.get(self.table).queue_of(self.row)


def shown(rows: Iterable[Found], *, viewer: Any) -> list[Shown]:
    """Return what `viewer` may read of the rows; None stands for every operator."""
    listed = list(rows)
    found: dict[tuple[str, Any], Shown] = {}
    for name in dict.fromkeys(name for name, _ in listed):
        of_table = [row for each, row in listed if each == name]
        for row, known in zip(of_table, tables.get(name).describe(of_table, viewer=viewer), strict=True):
            found[name, row.pk] = Shown(name, row, known.name, known.origin, _shortened(known.error))
    return [found[name, row.pk] for name, row in listed]


def _shortened(error: str) -> str:
    """Keep both ends: the reason stands first, and the end of a traceback tells what happened."""
    return error if len(error) <= LETTERS else f"{error[: LETTERS // 3]}\n…\n{error[-2 * LETTERS // 3 :]}"


# What can be done about it -------------------------------------------------------------------------------------------


@transaction.atomic
def retry(name: str, pk: int, *, by: Actor, door: str, at: datetime) -> None:
    """Have a row tried as if it had never failed. Raise NotPossible when that makes no sense."""
    table, row = _take(name, pk)
    if why_not := table.why_not_retried(row):
        raise NotRetryable(why_not)
    reopen(name, row)
    operator_log.note(f"Retried: {_known_to_all(table, row).name}, {table.title} {pk}", by=by, door=door, at=at)


def reopen(name: str, row: Any) -> None:
    """Have a row of the table `name` tried as if it had never failed."""
    table = tables.get(name)
    changes = {"attempts": 0, "failures": 0, "not_before": None, "lease_until": None, "closed_at": None, **table.reset}
    type(row)._default_manager.filter(pk=row.pk).update(is_open=True, given_up_at=None, **changes)
    wakeup.wake_after_commit(table.queue_of(row))


@transaction.atomic
def discard(name: str, pk: int, *, by: Actor, door: str, at: datetime) -> None:
    """Close a row without running it. Raise NotPossible if it is done already."""
    table, row = _take(name, pk)
    table.rows().filter(pk=pk).update(
        is_open=False, given_up_at=None, lease_until=None, closed_at=at, **table.discarded
    )
    known = _known_to_all(table, row)
    text = f"Discarded: {known.name}, {table.title} {pk}: {known.telling_line}"
    operator_log.note(text, by=by, door=door, at=at)


def _take(name: str, pk: int) -> tuple[Table[Any], Any]:
    """Return the row, locked. Raise NothingLeft when there is nothing to do about it any more."""
    if (table := tables.find(name)) is not None:
        rows = table.rows().select_for_update(of=("self",))
        row = rows.filter(pk=pk).filter(Q(is_open=True) | Q(given_up_at__isnull=False)).first()
        if row is not None:
            return table, row
    raise NothingLeft("This job is already done, or someone has discarded it.")


def _known_to_all(table: Table[Any], row: Any) -> Shown:
    """Return what every operator may read, now and later."""
    return shown([(table.name, row)], viewer=None)[0]
