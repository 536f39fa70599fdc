"""How Celery's own process sees its children end. Only workers import this: it takes half of Celery with it."""

from __future__ import annotations

import re
from typing import Any

from celery.exceptions import WorkerLostError
from celery.worker.request import Request

from jobs import crash_reports


class WakeUp(Request):
    """Note how a child ended, for the rows that it held."""

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
