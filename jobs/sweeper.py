"""The sweeper of a machine where Celery runs the queues. It does what must not depend on Redis.

It does periodic work (`jobs.chores`), lets go of rows whose process died, wakes queues whose rows become due, and runs
rows that nobody took for two seconds, so that work continues without Redis. Every ten seconds it wakes each queue: the
task leaves a heartbeat, which proves that Redis and Celery work.

Rows run in threads of this process. Rows of plugins run in a local worker, a separate process with the queue's limits.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from types import FrameType
from typing import Any, Final, Protocol

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from jobs import crash_reports, draining, heartbeats, processes, queues, start, wakeup
from jobs.chores import Chores
from jobs.leases import Leases, held
from jobs.queues import Queue
from jobs.workers import Stop

logger = logging.getLogger(__name__)

NAME: Final = "sweeper"
LOOK: Final = 0.5  # seconds between looks
OVERDUE: Final = timedelta(seconds=2)  # for Celery to take a row
OVERDUE_AWAITED: Final = timedelta(seconds=0.5)
REPORTS_COME_WITHIN: Final = 3.0  # seconds after the end of a process
WAKE_EVERY: Final = 10.0  # seconds
ENOUGH: Final = 60.0  # seconds that a local worker of a plugins' queue runs at least
IDLE_LOOKS: Final = 2  # between two rows, Celery's workers hold none for a moment
FIRST_PAUSE: Final = 1.0  # seconds, before a local worker that failed is started again
LONGEST_PAUSE: Final = 30.0  # seconds
NOBODY: Final = timedelta(0)  # Redis is away, so there is nothing to wait for


class Asked(Protocol):
    """Whether somebody asked to stop."""

    @property
    def asked(self) -> bool: ...


class Sweeper:
    """Sweeps these queues."""

    def __init__(self, served: Iterable[Queue[Any]]) -> None:
        self._queues = [_Swept(queue) for queue in served]
        self._pulse = heartbeats.Pulse(NAME)
        self._background = Chores([chore for each in self._queues for chore in queues.background_of(each.queue)])
        self._wake_at = time.monotonic() + WAKE_EVERY

    def run(self, stop: Asked) -> None:
        size = sum(each.most for each in self._queues) + 1
        with ThreadPoolExecutor(size, thread_name_prefix=NAME) as threads:
            while not stop.asked:
                self._look(threads)
                time.sleep(LOOK)
            for each in self._queues:
                each.local.stop()
        for each in self._queues:
            each.local.wait()
        self._pulse.end()

    def _look(self, threads: ThreadPoolExecutor) -> None:
        with _going_on("heartbeats"):
            self._pulse.beat(timezone.now())
            self._background.start_due(threads)
        for each in self._queues:
            with _going_on(each.queue.name):
                each.look(threads)
        if time.monotonic() >= self._wake_at:
            self._wake_at = time.monotonic() + WAKE_EVERY
            for each in self._queues:
                wakeup.wake(each.queue.name)


@contextmanager
def _going_on(what: str) -> Iterator[None]:
    """Whatever fails, the other queues are looked at."""
    try:
        yield
    except (OperationalError, InterfaceError) as error:
        logger.warning("The database doesn't answer; trying again in a moment: %s", error)
        connection.close()
    except Exception:
        logger.exception("The sweeper couldn't check %s; it tries again in a moment", what)


class _Swept:
    """A queue as the sweeper sees it."""

    def __init__(self, queue: Queue[Any]) -> None:
        self.queue = queue
        self.local = _LocalWorker(queue)
        self.most = 0 if queue.runs_plugins else max(2, queue.threads)  # threads at work on it
        self._leases = Leases(queue.rows, patience=REPORTS_COME_WITHIN)
        self._chores = Chores(queue.chores)
        self._drains: list[Future[None]] = []
        self._idle_looks = 0  # one after the other, in which rows waited and nobody here was at work

    def look(self, threads: ThreadPoolExecutor) -> None:
        self.local.note_end()
        self._leases.tidy()
        self._chores.run_due()
        if self.queue.runs_plugins:
            self.local.keep(needed=wakeup.is_broken())
        self._drains = [drain for drain in self._drains if not drain.done()]
        if draining.is_in_doubt(self.queue):
            self._drain(threads)
        if self.queue.feed is not None and not self._drains:
            self._drains.append(threads.submit(_feed, self.queue))
        now = timezone.now()
        if not self.queue.is_waiting(now):
            self._idle_looks = 0
            return
        wakeup.wake(self.queue.name)
        if not self.queue.is_waiting(now - self._patience()):
            return
        if self.queue.runs_plugins:
            self._idle_looks = 0 if self._is_run_here() else self._idle_looks + 1
            if self._idle_looks >= IDLE_LOOKS:
                self.local.keep(needed=True)
        else:
            self._drain(threads)

    def _patience(self) -> timedelta:
        if wakeup.is_broken():
            return NOBODY
        return OVERDUE_AWAITED if self.queue.is_awaited else OVERDUE

    def _is_run_here(self) -> bool:
        ours = self.queue.rows().filter(is_open=True, lease_owner__startswith=f"{processes.PLACE}:")
        return ours.filter(held(timezone.now())).exists()

    def _drain(self, threads: ThreadPoolExecutor) -> None:
        if len(self._drains) < self.most:
            self._drains.append(threads.submit(_drain, self.queue))


class _LocalWorker:
    """A process that runs a queue of plugins while Celery does not."""

    def __init__(self, queue: Queue[Any]) -> None:
        self._queue = queue
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._not_before = 0.0
        self._pause = FIRST_PAUSE

    def keep(self, *, needed: bool) -> None:
        """Start it if it is needed, and end it when it is not any more."""
        if self._process is None:
            if needed and time.monotonic() >= self._not_before:
                self._start()
        elif not needed and time.monotonic() > self._started_at + ENOUGH:
            self.stop()

    def note_end(self) -> None:
        """Note how it ended, for the rows that it held, and pause before the next start if that was no good end."""
        if self._process is None or self._process.poll() is None:
            return
        if self._process.returncode:
            crash_reports.note_end(self._process.pid, crash_reports.how_it_ended(self._process.returncode))
            lived = time.monotonic() - self._started_at
            self._pause = FIRST_PAUSE if lived > ENOUGH else min(self._pause * 2, LONGEST_PAUSE)
            self._not_before = time.monotonic() + self._pause
        self._process = None

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def wait(self) -> None:
        if self._process is not None:
            self._process.wait()

    def _start(self) -> None:
        logger.warning("Celery isn't running the queue %s; a local worker runs it for now", self._queue.name)
        words = [*sys.orig_argv[1 : sys.orig_argv.index("sweep")], "work", self._queue.name]
        changed = ["RESPONSE_LAST_END=", "RESPONSE_LAST_PID=0", f"RESPONSE_ROLE={self._queue.name}"]
        self._process = subprocess.Popen(["/usr/bin/env", *changed, sys.executable, *words], cwd=settings.WORK_DIR)
        self._started_at = time.monotonic()


def _feed(queue: Queue[Any]) -> None:
    """Make rows of what is new. It may wait for somebody who changes an incident, so it has a thread."""
    with _going_on(queue.name):
        if queue.feed is not None:
            queue.feed(timezone.now)


def _drain(queue: Queue[Any]) -> None:
    try:
        draining.drain(queue)
    except Exception:
        logger.exception("The sweeper failed while it ran the queue %s", queue.name)
    finally:
        close_old_connections()


class _StopAll(Stop):
    """Let the threads begin no further row, too."""

    def _ask(self, number: int, frame: FrameType | None) -> None:
        super()._ask(number, frame)
        draining.stop()


def run() -> None:
    """Sweep all queues of this installation until SIGTERM or SIGINT."""
    crash_reports.note_end_of_the_one_before()
    start.begin(NAME)
    Sweeper(queue for queue in queues.every() if queue.is_supervised).run(_StopAll())
