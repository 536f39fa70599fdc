"""What a worker does periodically besides its rows: hand over what is due, synchronize, delete old rows."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

logger = logging.getLogger(__name__)

AFTER_DATABASE_TROUBLE: Final = 5.0  # seconds, doubled with each further failure up to the chore's `every`
AFTER_FAILURE: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Chore:
    """Periodic work. `first` is the time from the start of the worker. Any number of workers may do it."""

    run: Callable[[datetime], object]
    every: timedelta
    first: timedelta = timedelta(0)


class Chores:
    """When each chore of this worker is due."""

    def __init__(self, chores: Sequence[Chore], *, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` returns seconds and never goes back."""
        self._clock = clock
        begun = clock()
        self._due_at = {chore: begun + chore.first.total_seconds() for chore in chores}
        self._failures = dict.fromkeys(chores, 0)
        self.running: Future[None] | None = None

    def run_due(self) -> None:
        """Run what is due in this thread. What a chore raises is raised here, and the chore stays due."""
        for chore in self._due():
            chore.run(timezone.now())
            self._put_off(chore, chore.every.total_seconds())

    def start_due(self, pool: ThreadPoolExecutor) -> None:
        """Have a thread run what is due, unless one is still running. A chore that fails is tried again later."""
        if (self.running is None or self.running.done()) and any(self._due()):
            self.running = pool.submit(self._run_guarded)

    def _run_guarded(self) -> None:
        for chore in list(self._due()):
            pause = chore.every.total_seconds()
            try:
                chore.run(timezone.now())
            except (OperationalError, InterfaceError) as error:
                logger.warning("The database connection was lost during a chore: %s", error)
                close_old_connections()
                pause = min(pause, AFTER_DATABASE_TROUBLE * 2 ** min(self._failures[chore], 20))
                self._failures[chore] += 1
            except Exception:
                logger.exception("A chore failed; it will run again in five minutes")
                pause = AFTER_FAILURE.total_seconds()
            else:
                self._failures[chore] = 0
            self._put_off(chore, pause)

    def _due(self) -> Iterator[Chore]:
        now = self._clock()
        return (chore for chore, due_at in self._due_at.items() if due_at <= now)

    def _put_off(self, chore: Chore, seconds: float) -> None:
        self._due_at[chore] = self._clock() + seconds
