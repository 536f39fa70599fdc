"""End a worker process in which a row hangs, with the traceback of every thread. The supervisor starts another."""

from __future__ import annotations

import faulthandler
from collections.abc import Iterator
from contextlib import contextmanager

from jobs import crash_reports


class _Here:
    are_enforced = False


def enforce() -> None:
    """Enforce limits in this process from now on. It must run one row at a time."""
    _Here.are_enforced = True


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Limit what runs inside, in a worker that enforces limits: the row then counts a death (`jobs.retries.deaths`)."""
    if not _Here.are_enforced:
        yield
        return
    faulthandler.dump_traceback_later(seconds, exit=True, file=crash_reports.trace_file())
    try:
        yield
    finally:
        faulthandler.cancel_dump_traceback_later()
