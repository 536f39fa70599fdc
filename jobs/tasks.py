"""The Celery task: a wake-up. The database is the queue, so one that is lost, doubled or late changes nothing."""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from typing import Any

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from jobs import celery_workers as celery_workers  # it listens to Celery's signals
from jobs import draining, processes, queues, wakeup
from jobs.heartbeats import Pulse
from jobs.queues import Queue
from jobs.slots import slot
from jobs.wakeup import TASK


@shared_task(name=TASK, Request="jobs.celery_requests:WakeUp")  # type: ignore[call-overload, untyped-decorator]
def work(queue: str) -> None:
    """Run rows of a queue. Raise LookupError if there is none with this name, as when another version sent the task."""
    found = queues.get(queue)
    if celery_workers.serve_several():
        _run_in_turn(found)
    else:
        draining.drain(found)
    with suppress(OperationalError, InterfaceError):  # without a database, the silence tells
        _pulse(queue).beat(timezone.now())


def _run_in_turn(queue: Queue[Any]) -> None:
    """Run rows if the queue has a slot left in this worker."""
    with slot(queue) as is_ours:
        if not is_ours:
            return
        processes.work_on(queue.name)
        draining.drain(queue)
    with suppress(OperationalError, InterfaceError):
        if queue.is_waiting(timezone.now()):  # a task that found no free slot meanwhile left its rows to us
            wakeup.wake(queue.name)


@cache
def _pulse(queue: str) -> Pulse:
    return Pulse(queue)
