"""The queues there are. The package that owns a queue registers it when it is imported, and nothing else lists queues.

A worker, the supervisor, wake-ups and operators' pages ask here. A queue is some or all rows of one table, so several
queues may share a table.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from django.db.models import QuerySet

from jobs.chores import Chore
from jobs.models import Job

Row = TypeVar("Row", bound=Job)
Clock = Callable[[], datetime]


@dataclass(frozen=True, kw_only=True)
class Queue(Generic[Row]):
    """A queue, and how a worker serves it.

    `claim_next` takes a row for this process (see `jobs.claims`), None if nothing is due. `work_on` runs it and notes
    how it ended: whatever goes wrong ends in the row. Only trouble with the database may be raised.
    """

    name: str  # of the worker, too
    rows: Callable[[], QuerySet[Row]]
    claim_next: Callable[[datetime], Row | None]
    is_waiting: Callable[
        [datetime], bool
    ]  # whether a row has been runnable since that moment: `jobs.claims.is_waiting`
    work_on: Callable[[Row, Clock], None]

    # With Redis, Celery runs so many processes for it on each machine, or so many threads of one process. Threads are
    # for rows that wait for another system.
    worker: str = ""  # the Celery worker that several queues share; "" if it shares none
    processes: int = 1
    threads: int = 1
    memory_mb: int | None = None  # the most that a process may take that runs its rows
    runs_plugins: bool = False  # its rows only run in processes that run no other queue
    is_awaited: bool = False  # somebody waits for its rows in a request, so wake-ups are sent during the request
    is_supervised: bool = True  # the supervisor starts a worker for it

    # Make rows of this queue out of something else. Called before rows are claimed; True if there may be more to make.
    feed: Callable[[Clock], object] | None = None
    chores: tuple[Chore, ...] = ()  # short ones, between rows
    background: tuple[Chore, ...] = ()  # long ones, in a thread of their own; see `background_of`

    def run_next(self, now: Clock) -> bool:
        """Claim and run the next row; False when nothing is due."""
        row = self.claim_next(now())
        if row is None:
            return False
        self.work_on(row, now)
        return True

    def run_due(self, now: Clock, *, limit: int = 1000) -> int:
        """Run up to `limit` rows, one after the other, and return how many were tried."""
        for done in range(limit):
            if not self.run_next(now):
                return done
        return limit


_queues: Final[dict[str, Queue[Any]]] = {}
_more_background: Final[defaultdict[str, list[Chore]]] = defaultdict(list)  # by the queue's name


def register(queue: Queue[Any]) -> None:
    """Add a queue. Raise LookupError if another one has its name: a second use must stop the start."""
    known = _queues.get(queue.name)
    if known is not None:
        raise LookupError(f"{_place(queue)} and {_place(known)} both serve the queue {queue.name!r}")
    _queues[queue.name] = queue


def add_background(name: str, chore: Chore) -> None:
    """Let the worker of another package's queue do this in its background, too. The queue may be registered later."""
    _more_background[name].append(chore)


def background_of(queue: Queue[Any]) -> tuple[Chore, ...]:
    """Return the queue's own background chores, then those that other packages added."""
    return (*queue.background, *_more_background[queue.name])


def forget(name: str) -> None:
    """Forget a queue that a test registered, and what was added to it."""
    del _queues[name]
    _more_background.pop(name, None)


def get(name: str) -> Queue[Any]:
    """Return the queue with this name. Raise LookupError if there is none."""
    try:
        return _queues[name]
    except KeyError:
        raise LookupError(f"There is no queue {name!r}. There are: {', '.join(names())}") from None


def find(name: str) -> Queue[Any] | None:
    """Return the queue with this name; None if only another version has it."""
    return _queues.get(name)


def every() -> tuple[Queue[Any], ...]:
    return tuple(_queues.values())


def names() -> tuple[str, ...]:
    return tuple(_queues)


def _place(queue: Queue[Any]) -> str:
    return f"{queue.work_on.__module__}.{queue.work_on.__qualname__}"
