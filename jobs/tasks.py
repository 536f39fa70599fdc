"""The Celery task: a wake-up. The database is the queue, so one that is lost, doubled or late changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from celery import shared_task
from django.db import InterfaceError, OperationalError

from jobs import leases, queues, workers
from jobs.wakeup import TASK

# After so many seconds a task takes no further row: neither Celery's limits nor the supervisor, which gives it eight
# seconds to finish, may interrupt one. The queue's own worker finds whatever is left.
LONG_ENOUGH: Final = 5.0


@shared_task(name=TASK)
def work(queue: str) -> None:
    """Run rows of a queue. Raise LookupError if there is none with this name, as when another version sent the task."""
    with _own_leases_released():
        workers.drain(queues.get(queue), seconds=LONG_ENOUGH)


class _Trouble:
    """Whether the database went away under a task of this process, which then may still hold rows."""

    was_there = False


@contextmanager
def _own_leases_released() -> Iterator[None]:
    """Release what an earlier task of this process held when the database went away. It has one at a time."""
    if _Trouble.was_there:
        for queue in queues.every():
            leases.free_own_leases(queue.rows())
        _Trouble.was_there = False
    try:
        yield
    except (OperationalError, InterfaceError):
        _Trouble.was_there = True
        raise
