"""A local worker serves one queue: it runs rows until it is told to stop.

It polls the database after each wake-up, and periodically without one. With Redis, Celery does this instead, except for
plugins while Redis is away: see `jobs.sweeper`.
"""

from __future__ import annotations

import logging
import os
import signal
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from types import FrameType
from typing import Any, Final

from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from jobs import crash_reports, heartbeats, queues, start
from jobs.chores import Chores
from jobs.leases import Leases
from jobs.queues import Queue
from jobs.wakeup import Listener

logger = logging.getLogger(__name__)

LOOK: Final = 0.5  # seconds between looks without a wake-up
GLANCE: Final = 0.02  # seconds between looks while threads are at work


class Stop:
    """Set by SIGTERM and SIGINT: finish the rows at work, then end."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


class Worker:
    """Serves one queue in this process."""

    def __init__(self, queue: Queue[Any]) -> None:
        self._queue = queue
        self._leases = Leases(queue.rows)
        self._pulse = heartbeats.Pulse(queue.name)
        self._chores, self._background = Chores(queue.chores), Chores(queues.background_of(queue))
        self._at_work: dict[Future[bool], int] = {}  # primary keys of the rows that threads run

    def run(self, stop: Stop) -> None:
        threads = ThreadPoolExecutor(self._queue.threads + 1, thread_name_prefix=self._queue.name)
        with closing(Listener(self._queue.name)) as listener, threads:
            while not stop.asked:
                patience = self._work(threads)
                self._wait(listener, patience)
        self._pulse.end()

    def _work(self, threads: ThreadPoolExecutor) -> float:
        """Do what there is to do, and return for how many seconds to wait for a wake-up."""
        try:
            self._pulse.beat(timezone.now())
            self._leases.tidy(in_hand=self._at_work.values())
            self._chores.run_due()
            is_through = not (self._queue.feed and self._queue.feed(timezone.now))
            if self._queue.threads == 1:
                is_through &= not self._queue.run_next(timezone.now)
            else:
                self._start_rows(threads)
            self._background.start_due(threads)
        except (OperationalError, InterfaceError) as error:
            _wait_for_database(error)
            self._leases.are_in_doubt = True
            return 0.0
        return LOOK if is_through else 0.0

    def _start_rows(self, threads: ThreadPoolExecutor) -> None:
        """While one row waits for another system, the others continue."""
        while len(self._at_work) < self._queue.threads:
            row = self._queue.claim_next(timezone.now())
            if row is None:
                return
            self._at_work[threads.submit(self._run, row)] = row.pk

    def _run(self, row: Any) -> bool:
        """Return False when the database went away, so that nobody knows what became of the row."""
        try:
            self._queue.work_on(row, timezone.now)
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database connection was lost while %s was running %s: %s", self._queue.name, row, error)
            close_old_connections()
            return False
        return True

    def _wait(self, listener: Listener, seconds: float) -> None:
        """Wait for a wake-up, or for a thread to finish its row."""
        if not self._at_work:
            listener.wait(seconds)
            return
        done, _ = wait(self._at_work, timeout=GLANCE, return_when=FIRST_COMPLETED)
        if not done:
            listener.wait(GLANCE)
        for each in done:
            del self._at_work[each]
            self._leases.are_in_doubt |= not each.result()


def run(name: str) -> None:
    """Serve a queue until SIGTERM or SIGINT. Raise LookupError if there is no such queue."""
    queue = queues.get(name)
    crash_reports.note_end_of_the_one_before()
    os.nice(10)  # people who wait for a page come first where there is not enough processor time
    start.begin(name, memory_mb=queue.memory_mb)
    Worker(queue).run(Stop())


def _wait_for_database(error: Exception) -> None:
    logger.warning("The database doesn't answer; trying again in a second: %s", error)
    connection.close()
    time.sleep(1)
