"""End a worker process in which a row hangs, with the traceback of every thread. Something else starts another."""

from __future__ import annotations

import faulthandler
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from jobs import crash_reports


class _Here:
    are_enforced = False


_deadlines: dict[object, float] = {}  # of what runs in this process, by its own token
_changing = threading.Lock()


def enforce() -> None:
    """Enforce limits in this process from now on."""
    _Here.are_enforced = True


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Limit what runs inside, in a worker that enforces limits: the row then counts a death (`jobs.retries.deaths`)."""
    if not _Here.are_enforced:
        yield
        return
    token = object()
    with _changing:
        _deadlines[token] = time.monotonic() + seconds
        _watch()
    try:
        yield
    finally:
        with _changing:
            del _deadlines[token]
            _watch()


def _watch() -> None:
    """Have faulthandler end the process at the first deadline: it has one timer, which needs no help from Python."""
    if not _deadlines:
        faulthandler.cancel_dump_traceback_later()
        return
    left = max(0.001, min(_deadlines.values()) - time.monotonic())
    faulthandler.dump_traceback_later(left, exit=True, file=crash_reports.trace_file())
