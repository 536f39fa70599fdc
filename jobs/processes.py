"""Which process this is, which queue it works on, and whether another process is still there."""

from __future__ import annotations

import os
import random
import socket
from typing import Final


def owner() -> str:
    """Name this process: its machine, its id there, and a random part, because ids are used again."""
    return f"{PLACE}:{os.getpid()}:{_START}"


def _place() -> str:
    """Name what process ids are unique in: two containers may call themselves the same."""
    try:
        return f"{socket.gethostname()}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return socket.gethostname()


PLACE: Final = _place()
_START: Final = f"{random.SystemRandom().getrandbits(32):08x}"


def work_on(name: str) -> None:
    """Note which queue this process works on."""
    _Here.queue = name


def queue_of_this_process() -> str:
    """Return the name of the queue that this process works on; "" in a web process."""
    return _Here.queue


class _Here:
    queue = ""


def lives(pid: int) -> bool:
    """Is there a process of that number that is not us?"""
    if pid == os.getpid():
        return False  # our number, but not our name: it was somebody before us
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
