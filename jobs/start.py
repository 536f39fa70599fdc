"""How a process begins that runs rows."""

from __future__ import annotations

import resource

from jobs import crash_reports, processes, time_limits


def begin(name: str, *, memory_mb: int | None = None) -> None:
    """Make this a process that runs rows of a queue, or of several: then `name` is what it is called.

    It leaves crash reports, enforces time limits, and may take so much memory.
    """
    if memory_mb is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * 1024 * 1024,) * 2)
    processes.work_on(name)
    crash_reports.follow()
    time_limits.enforce()
