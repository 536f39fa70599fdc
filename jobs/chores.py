"""What a worker does now and then beside its rows: hand over what is due, synchronize, throw old rows away."""

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

AFTER_DATABASE_TROUBLE: Final = 5.0  # seconds
AFTER_FAILURE: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class Chore:
    """Something to do every so often, first so long after a worker starts. Any number of workers may do it."""

    run: Callable[[datetime], object]
    every: timedelta
    first: timedelta = timedelta(0)


class Chores:
    """When each chore of this worker is due."""

    def __init__(self, chores: Sequence[Chore]) -> None:
        begun = time.monotonic()
        self._due_at = {chore: begun + chore.first.total_seconds() for chore in chores}
        self._running: Future[None] | None = None

    def run_due(self) -> None:
        """Run what is due in this thread. What a chore raises is raised here, and the chore stays due."""
        for chore in self._due():
            chore.run(timezone.now())
            self._put_off(chore, chore.every.total_seconds())

    def start_due(self, pool: ThreadPoolExecutor) -> None:
        """Have a thread run what is due, unless one is still at it. A chore that fails is tried again later."""
        if (self._running is None or self._running.done()) and any(self._due()):
            self._running = pool.submit(self._run_guarded)

    def _run_guarded(self) -> None:
        for chore in list(self._due()):
            pause = chore.every.total_seconds()
            try:
                chore.run(timezone.now())
            except (OperationalError, InterfaceError) as error:
                logger.warning("The database went away during a chore: %s", error)
                close_old_connections()
                pause = AFTER_DATABASE_TROUBLE
            except Exception:
                logger.exception("A chore failed; it is tried again in five minutes")
                pause = AFTER_FAILURE.total_seconds()
            self._put_off(chore, pause)

    def _due(self) -> Iterator[Chore]:
        now = time.monotonic()
        return (chore for chore, due_at in self._due_at.items() if due_at <= now)

    def _put_off(self, chore: Chore, seconds: float) -> None:
        self._due_at[chore] = time.monotonic() + seconds
