"""How a process ended: by which signal or exit code, and the traceback that it left.

A process that dies cannot write to the database. It leaves its traceback in a file named after its process id. The
process that sees it end (the supervisor, Celery or the sweeper) adds how it ended. Both are written into the rows that
it held, so that operators find the reason beside the job.
"""

from __future__ import annotations

import faulthandler
import logging
import math
import os
import re
import signal
import time
from pathlib import Path
from typing import Final

from django.conf import settings

from jobs import error_summary, processes

logger = logging.getLogger(__name__)

FORGET: Final = 24 * 60 * 60.0  # seconds after which the report of a process that is gone is deleted
FORGET_ELSEWHERE: Final = 30 * FORGET  # of another machine, whose processes we cannot see

_open: list[int] = []


def follow() -> None:
    """Leave a traceback should this process crash or hang."""
    _leave_in(_path(os.getpid(), "trace"))


def note_end_of_the_one_before() -> None:
    """Note how the process ended that this one was started for. Its own children must not: numbers are used again."""
    if settings.LAST_PID:
        note_end(settings.LAST_PID, settings.LAST_END)


def trace_file() -> int:
    """Return where faulthandler shall write: our file, or stderr without one."""
    return _open[-1] if _open else 2


def note_end(pid: int, how: str) -> None:
    """Note how a process of this machine ended, as a sentence."""
    path = _path(pid, "end")
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_text(how, encoding="utf-8")
    except OSError as error:
        logger.warning("Process %s ended; could not write this to %s (%s): %s", pid, path, error.strerror, how)


def how_it_ended(returncode: int) -> str:
    """Return a sentence for the return code of a process, negative for a signal."""
    if returncode < 0:
        return f"Its process was killed by {signal.Signals(-returncode).name}."
    return f"Its process ended with exit code {returncode}." if returncode else "Its process ended by itself."


def is_complete(pid: int) -> bool:
    """Return True once somebody noted how that process ended."""
    return _path(pid, "end").exists()


def report_of(pid: int) -> str:
    """Return how that process of this machine ended, and its traceback; "" if nobody knows."""
    return "\n".join(part for part in (_read(_path(pid, "end")), _read(_path(pid, "trace"))) if part)


def _path(pid: int, what: str) -> Path:
    """Several machines may share the directory, and each numbers its processes by itself."""
    return settings.DATA_DIR / "crashes" / f"{_place()}.{pid}.{what}"


def _place() -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", processes.PLACE)


def _read(path: Path) -> str:
    try:
        return error_summary.kept(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""


def _leave_in(path: Path) -> None:
    try:
        path.parent.mkdir(mode=0o700, exist_ok=True)
        _delete_old(path.parent)
        path.with_suffix(".end").unlink(missing_ok=True)  # of a process that had our number before
        _open.append(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as error:
        logger.warning("Crash tracebacks go only to the log: %s isn't writable (%s)", path, error.strerror)
    faulthandler.enable(file=trace_file())


def _delete_old(folder: Path) -> None:
    """Delete what processes of this machine left that are gone. What other machines left is kept for much longer."""
    for old in folder.iterdir():
        try:
            if old.stat().st_mtime < time.time() - _kept_for(old):
                old.unlink()
        except OSError:
            continue  # another process deleted it


def _kept_for(path: Path) -> float:
    """Return for how many seconds."""
    place, _, rest = path.name.partition(".")
    pid = rest.partition(".")[0]
    if place != _place():
        return FORGET_ELSEWHERE
    return FORGET if _is_gone(pid) else math.inf


def _is_gone(pid: str) -> bool:
    return not (pid.isdigit() and processes.lives(int(pid)))
