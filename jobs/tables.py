"""The tables of jobs, as operators see them. The package that owns a table registers it; nothing else lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Generic, TypeVar

from django.db.models import Q, QuerySet

from jobs.models import Job

Row = TypeVar("Row", bound=Job)


@dataclass(frozen=True)
class Description:
    """What somebody may read of a row: whose work it is and about what, where it came from, and why it failed."""

    name: str
    error: str
    origin: str = ""


class Table(Generic[Row]):
    """A table of jobs. Derive from it, and override what is different."""

    name: ClassVar[str]  # in addresses and metrics: "in"
    title: ClassVar[str]  # before the number of a row: "inbox"
    direction: ClassVar[str]  # as in "Waiting: 3 from Slack"
    purpose: ClassVar[str]  # as in "3 are waiting to be processed"

    reset: ClassVar[Mapping[str, Any]] = {}  # columns, beyond those of `Job`, that a retry sets, and their values
    discarded: ClassVar[Mapping[str, Any]] = {}  # columns, beyond those of `Job`, that discarding a row sets

    def rows(self) -> QuerySet[Row]:
        """Return all rows, with what `describe` needs."""
        raise NotImplementedError

    def queue_of(self, row: Row) -> str:
        """Return the name of the queue that runs the row."""
        raise NotImplementedError

    def describe(self, rows: Sequence[Row], *, viewer: Any) -> list[Description]:
        """Return what `viewer` may read of each row. None stands for every operator, and for logs."""
        return [Description(str(row), row.error) for row in rows]

    def not_on_hold(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Leave out rows that wait for a reason of their own: they are not late."""
        return rows

    def worth_counting(self, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Leave out rows that nobody waits for."""
        return rows

    def why_not_retried(self, row: Row) -> str:
        """Return a sentence for a row that can only be discarded; "" for one that can be tried again."""
        return ""

    def is_too_late(self) -> Q | None:
        """Return the condition that a row is dropped when a switch held it for over an hour; None for no row."""
        return None

    def is_kept(self) -> Q | None:
        """Return the condition that a row stays when it is done; None for no row."""
        return None


_tables: Final[dict[str, Table[Any]]] = {}


def register(table: Table[Any]) -> None:
    """Add a table. Raise LookupError if another one has its name: a second use must stop the start."""
    known = _tables.get(table.name)
    if known is not None:
        raise LookupError(f"{_place(table)} and {_place(known)} are both the table {table.name!r}")
    _tables[table.name] = table


def forget(name: str) -> None:
    """Forget a table that a test registered."""
    del _tables[name]


def get(name: str) -> Table[Any]:
    """Return the table with this name. Raise KeyError if there is none."""
    return _tables[name]


def find(name: str) -> Table[Any] | None:
    return _tables.get(name)


def every() -> tuple[Table[Any], ...]:
    return tuple(_tables.values())


def _place(table: Table[Any]) -> str:
    return f"{type(table).__module__}.{type(table).__qualname__}"
