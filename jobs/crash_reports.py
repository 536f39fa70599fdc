"""How the process before us ended: the supervisor saw its signal or exit code, and it left its traceback in a file.

A process that dies cannot write to the database. The next worker of its queue writes the report into the rows that the
dead one held, so that operators find the reason beside the work.
"""

from __future__ import annotations

import faulthandler
import logging
import os
from pathlib import Path

from django.conf import settings

from jobs import error_summary, processes

logger = logging.getLogger(__name__)

_open: list[int] = []


def follow(queue: str) -> str:
    """Leave a traceback should this process crash or hang; return the report of the one before, or ""."""
    path = _path(queue)
    report = _read(path)
    if report:
        logger.error("The %s process before this one ended: %s", queue, report)
    _leave_in(path)
    return report


def trace_file() -> int:
    """Return where faulthandler shall write: our file, or stderr without one."""
    return _open[-1] if _open else 2


def _path(queue: str) -> Path:
    return settings.DATA_DIR / "crashes" / f"{queue}-{os.getppid()}.txt"


def _read(path: Path) -> str:
    try:
        trace = error_summary.kept(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        trace = ""
    return "\n".join(part for part in (settings.LAST_END, trace) if part)


def _leave_in(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        for old in path.parent.glob(f"{path.name.partition('-')[0]}-*.txt"):
            if not processes.lives(int(old.stem.rpartition("-")[2])):
                old.unlink(missing_ok=True)
        _open.append(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as error:
        logger.warning("Tracebacks of crashes go to the log only: %s cannot be written (%s)", path, error.strerror)
    faulthandler.enable(file=trace_file())
