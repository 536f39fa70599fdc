"""The ways in which a handler can take its process with it."""

from __future__ import annotations

import ctypes
import os
import re
import signal

WAYS = ("exits", "crashes", "loops", "hungry", "killed")
MEGABYTE = 1024 * 1024


def take(words: str, *, name: str = "poison") -> None:
    """Do what the words ask for: "poison exits", say."""
    match re.findall(rf"{name} ({'|'.join(WAYS)})", words):
        case ["exits", *_]:
            os._exit(5)
        case ["crashes", *_]:
            ctypes.string_at(0)
        case ["loops", *_]:
            while True:
                pass
        case ["hungry", *_]:
            hoard: list[bytearray] = []
            while True:
                hoard.append(bytearray(MEGABYTE))
        case ["killed", *_]:  # as by a kernel that runs out of memory
            os.kill(os.getpid(), signal.SIGKILL)
