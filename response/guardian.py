"""Stop what the supervisor started when the supervisor itself is gone, even by `kill -9`.

A program of its own, started with `python -I -S guardian.py`. It reads "+<process group>" and "-<process group>" from
its stdin; the end of that pipe is the end of the supervisor. Process groups and not processes, so that children's
children go too; a pipe and not a signal, so that it works on every Unix.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Iterable

GRACE = 8.0  # seconds between TERM and KILL


def signal_group(group: int, number: int) -> bool:
    """Say whether somebody was there to get the signal."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        # macOS says "not permitted" of a group that has only zombies left.
        return False
    return True


def stop_groups(groups: Iterable[int], *, sleep: Callable[[float], None] = time.sleep) -> None:
    left = [group for group in groups if signal_group(group, signal.SIGTERM)]
    deadline = time.monotonic() + GRACE
    while left and time.monotonic() < deadline:
        sleep(0.05)
        left = [group for group in left if signal_group(group, 0)]
    for group in left:
        signal_group(group, signal.SIGKILL)


def main() -> None:
    groups: set[int] = set()
    for line in sys.stdin:
        if line.startswith("+"):
            groups.add(int(line[1:]))
        else:
            groups.discard(int(line[1:]))
    stop_groups(groups)


if __name__ == "__main__":
    main()
