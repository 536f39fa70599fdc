"""Run what a queue holds, for a moment: what a Celery task and the sweeper do.

Several threads of a process may drain the same queue.
"""

from __future__ import annotations

import logging
import mmap
import threading
import time
from typing import Any, Final, TypeVar

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from jobs import leases, wakeup
from jobs.models import Job
from jobs.queues import Queue

logger = logging.getLogger(__name__)

Row = TypeVar("Row", bound=Job)

# Seconds, after which no further row is begun: a wake-up is short, and whatever stops a process gives it eight seconds.
LONG_ENOUGH: Final = 5.0
DATABASE_PAUSE: Final = 1.0  # seconds


class _Hands:
    """The rows of a queue that threads of this process are at work on."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rows: set[int] = set()  # primary keys
        self.are_in_doubt = False  # the database went away, so rows may have been left behind in our name


# A byte that a process shares with the children that it starts later: not 0 when no further row is to be begun.
_stopping: Final = mmap.mmap(-1, 1)
_hands: Final[dict[str, _Hands]] = {}


def stop() -> None:
    """Begin no further row in this process and in its children."""
    _stopping[0] = 1


def is_in_doubt(queue: Queue[Any]) -> bool:
    """Return True if rows of the queue may have been left behind in our name."""
    hands = _hands.get(queue.name)
    return hands is not None and hands.are_in_doubt


def drain(queue: Queue[Any], *, seconds: float = LONG_ENOUGH) -> None:
    """Run rows until nothing is left to do, or for so many seconds; then wake another worker if rows may remain.

    One more worker is woken as soon as there is work for two: after the first row, where rows wait for another system,
    and otherwise when there is a second one.
    """
    wakeup.serve(queue.name)
    hands = _hands.setdefault(queue.name, _Hands())
    deadline, crowd, begun = time.monotonic() + seconds, 1 if queue.threads > 1 else 2, 0
    while (time.monotonic() < deadline or hands.are_in_doubt) and not _stopping[0]:
        try:
            _let_go(queue, hands)
            if time.monotonic() >= deadline:
                break
            row, is_fed = _take(queue, hands)
            if row is not None:
                begun += 1
                if begun == crowd:
                    wakeup.wake(queue.name)
                _work_on(queue, row, hands)
            elif not is_fed:
                return
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database connection was lost while %s was running: %s", queue.name, error)
            hands.are_in_doubt = True
            connection.close()
            time.sleep(DATABASE_PAUSE)
    wakeup.wake(queue.name)


def _let_go(queue: Queue[Row], hands: _Hands) -> None:
    """Let go of what we held when the database went away, once it is back: we don't know what became of it."""
    if hands.are_in_doubt:
        with hands.lock:
            leases.free_own_leases(queue.rows().exclude(pk__in=tuple(hands.rows)))
            hands.are_in_doubt = False


def _take(queue: Queue[Row], hands: _Hands) -> tuple[Row | None, bool]:
    """Return the next row, claimed for us, and whether the queue was fed: then there may be more to come."""
    with hands.lock:
        is_fed = bool(queue.feed and queue.feed(timezone.now))
        row = queue.claim_next(timezone.now())
        if row is not None:
            hands.rows.add(row.pk)
        return row, is_fed


def _work_on(queue: Queue[Row], row: Row, hands: _Hands) -> None:
    try:
        queue.work_on(row, timezone.now)
    finally:
        hands.rows.discard(row.pk)
