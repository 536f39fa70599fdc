"""Find in a long error what people look for: a line that sums it up, and the thread that ended the process.

faulthandler writes the threads from the newest to the oldest, so that the one at work comes late, and then what was
loaded.
"""

from __future__ import annotations

import re
from typing import Final

KEPT: Final = 3000  # characters of a dump
SHOWN: Final = 16  # lines of an error

_DEATH: Final = re.compile(
    r"(?:Its handler ended .* Last error before: )?(Its process .+|Fatal Python error: .+|Timeout \(.+)"
)
_THREAD: Final = re.compile(r"^(?=(?:Thread|Current thread) 0x)", re.MULTILINE)


def telling_line(error: str) -> str:
    """Return how the process ended, else the last line, which says what was raised; "" of nothing."""
    if death := _DEATH.match(error):
        return death[1]
    return error.strip().rpartition("\n")[2]


def kept(dump: str) -> str:
    """Return what to keep of faulthandler's dump: the thread that crashed first, else the oldest, cut between lines."""
    dump, _, modules = dump.partition("\nExtension modules: ")
    beginning, *threads = _THREAD.split(dump)
    threads.reverse()
    threads.sort(key=lambda thread: not thread.startswith("Current"))
    parts = [beginning, *threads, f"Extension modules: {modules}" if modules else ""]
    text = "\n\n".join(part.strip() for part in parts if part.strip())
    return text if len(text) <= KEPT else text[:KEPT].rpartition("\n")[0] + "\n…"


def excerpt(error: str) -> str:
    """Return few lines of an error: a crash names its culprit at the top, an exception at the bottom too."""
    lines = error.strip().splitlines()
    if len(lines) <= SHOWN:
        return "\n".join(lines)
    if _DEATH.match(error):
        return "\n".join([*lines[:SHOWN], "…"])
    return "\n".join([*lines[: SHOWN // 2], "…", *lines[-SHOWN // 2 :]])
