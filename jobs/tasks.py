"""The Celery task: a wake-up. The database is the queue, so one that is lost, doubled or late changes nothing."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import cache
from typing import Any

from celery import shared_task
from celery.exceptions import WorkerLostError
from celery.worker.request import Request
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from jobs import celery_workers as celery_workers  # it listens to Celery's signals
from jobs import crash_reports, draining, queues
from jobs.heartbeats import Pulse
from jobs.wakeup import TASK


class WakeUp(Request):
    """Celery's own process sees how a child ended, and notes it for the rows that the child held."""

    def on_failure(self, exc_info: Any, *args: Any, **more: Any) -> Any:
        error = getattr(exc_info.exception, "exc", exc_info.exception)
        if self.worker_pid and isinstance(error, WorkerLostError | SystemExit):
            crash_reports.note_end(int(self.worker_pid), _how(error))
        return super().on_failure(exc_info, *args, **more)


def _how(error: BaseException) -> str:
    """Turn "Worker exited prematurely: signal 9 (SIGKILL) Job: 3." into our sentence."""
    if isinstance(error, SystemExit):
        return crash_reports.how_it_ended(error.code if isinstance(error.code, int) else 1)
    if found := re.search(r"signal (\d+)", str(error)):
        return crash_reports.how_it_ended(-int(found[1]))
    if found := re.search(r"exitcode (\d+)", str(error)):
        return crash_reports.how_it_ended(int(found[1]))
    return str(error)


@shared_task(name=TASK, Request=WakeUp)  # type: ignore[call-overload, untyped-decorator]
def work(queue: str) -> None:
    """Run rows of a queue. Raise LookupError if there is none with this name, as when another version sent the task."""
    draining.drain(queues.get(queue))
    with suppress(OperationalError, InterfaceError):  # without a database, the silence tells
        _pulse(queue).beat(timezone.now())


@cache
def _pulse(queue: str) -> Pulse:
    return Pulse(queue)
