"""The sweeper of a machine whose queues are run by Celery: it sees to what does not happen by itself.

It does periodic work (`jobs.chores`), lets go of rows whose process died, wakes queues whose rows become due, and runs
what nobody took for two seconds, so that work goes on without Redis. A wake-up of each queue every ten seconds shows,
by the heartbeat that it leaves, that Redis and Celery do their part.

Rows run in threads here, those of plugins in a local worker: a process of its own, with the limits of its queue.
"""

from __future__ import annotations

import logging
import subprocess
import sys
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Final

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from jobs import crash_reports, draining, heartbeats, queues, start, wakeup
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
IDLE: Final = 60.0  # seconds after which a local worker of a plugins' queue ends
NOBODY: Final = timedelta(0)  # Redis is away, so there is nothing to wait for


class Sweeper:
    """Sweeps all queues of this installation."""

    def __init__(self) -> None:
        self._queues = [_Swept(queue) for queue in queues.every() if queue.is_supervised]
        self._pulse = heartbeats.Pulse(NAME)
        self._background = Chores([chore for each in self._queues for chore in each.queue.background])
        self._wake_at = time.monotonic() + WAKE_EVERY

    def run(self, stop: Stop) -> None:
        size = sum(each.most for each in self._queues) + 1
        with ThreadPoolExecutor(size, thread_name_prefix=NAME) as threads:
            while not stop.asked:
                self._look(threads)
                time.sleep(LOOK)
            draining.stop()
        for each in self._queues:
            each.end()
        self._pulse.end()

    def _look(self, threads: ThreadPoolExecutor) -> None:
        try:
            self._pulse.beat(timezone.now())
            self._background.start_due(threads)
            for each in self._queues:
                each.look(threads)
            if time.monotonic() >= self._wake_at:
                self._wake_at = time.monotonic() + WAKE_EVERY
                for each in self._queues:
                    wakeup.wake(each.queue.name)
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database does not answer, looking again in a moment: %s", error)
            connection.close()


class _Swept:
    """A queue as the sweeper sees it."""

    def __init__(self, queue: Queue[Any]) -> None:
        self.queue = queue
        self.most = 0 if queue.runs_plugins else max(2, queue.threads)  # threads at work on it
        self._leases = Leases(queue.rows, patience=REPORTS_COME_WITHIN)
        self._chores = Chores(queue.chores)
        self._drains: list[Future[None]] = []
        self._worker: subprocess.Popen[bytes] | None = None

    def look(self, threads: ThreadPoolExecutor) -> None:
        self._leases.tidy()
        self._chores.run_due()
        if self.queue.feed is not None:
            self.queue.feed(timezone.now)
        now = timezone.now()
        if not self.queue.is_waiting(now):
            return
        wakeup.wake(self.queue.name)
        if self.queue.is_waiting(now - self._patience()):
            self._work(threads)

    def end(self) -> None:
        if self._worker is not None:
            self._worker.terminate()
            self._worker.wait()

    def _patience(self) -> timedelta:
        if wakeup.is_broken():
            return NOBODY
        return OVERDUE_AWAITED if self.queue.is_awaited else OVERDUE

    def _work(self, threads: ThreadPoolExecutor) -> None:
        if self.queue.runs_plugins:
            self._start_worker()
            return
        self._drains = [drain for drain in self._drains if not drain.done()]
        if len(self._drains) < self.most:
            self._drains.append(threads.submit(_drain, self.queue))

    def _start_worker(self) -> None:
        """Start a local worker, unless somebody is at work: then the row is next."""
        if self._worker is not None:
            if self._worker.poll() is None:
                return
            crash_reports.note_end(self._worker.pid, crash_reports.how_it_ended(self._worker.returncode))
            self._worker = None
        if self.queue.rows().filter(held(timezone.now()), is_open=True).exists():
            return
        logger.warning("Nobody runs the queue %s: a local worker does for now", self.queue.name)
        words = [*sys.orig_argv[1 : sys.orig_argv.index("sweep")], "work", self.queue.name, "--until-idle", str(IDLE)]
        self._worker = subprocess.Popen([sys.executable, *words], cwd=settings.WORK_DIR)


def _drain(queue: Queue[Any]) -> None:
    try:
        draining.drain(queue)
    except Exception:
        logger.exception("The sweeper failed at work on %s", queue.name)
    finally:
        close_old_connections()


def run() -> None:
    """Sweep until SIGTERM or SIGINT."""
    start.begin(NAME)
    Sweeper().run(Stop())
