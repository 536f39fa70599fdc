"""How many processes of this machine may run a queue at once, where a Celery worker serves several.

Without this, rows of plugins that take long would occupy the process that is there for those that somebody waits for.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from jobs import wakeup
from jobs.queues import Queue


@contextmanager
def slot(queue: Queue[Any]) -> Iterator[bool]:
    """Yield True if this process may run the queue now. The operating system frees the slot of one that dies."""
    for number in range(queue.processes):
        place = os.open(wakeup.socket_path(queue.name).with_suffix(f".{number}.slot"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(place, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(place)
            continue
        try:
            yield True
        finally:
            os.close(place)
        return
    yield False
