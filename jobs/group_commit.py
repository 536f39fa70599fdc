"""Group commit: what several threads want written at the same moment is written in one statement."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final, Generic, TypeVar

PATIENCE: Final = 1.0  # seconds

T = TypeVar("T")


class GroupCommit(Generic[T]):
    """Calls `write` for one thread at a time, with the rows of all that wait for their turn meanwhile.

    A thread that comes alone does not wait. Each call returns after its own rows were written, or raises what that
    raised. `write` may be given the same rows twice.
    """

    def __init__(self, write: Callable[[Sequence[T]], object]) -> None:
        self._write = write
        self._turn = threading.Lock()
        self.waiting: deque[_Share[T]] = deque()

    def __call__(self, rows: Sequence[T]) -> None:
        mine = _Share(rows)
        self.waiting.append(mine)
        if not self._turn.acquire(timeout=PATIENCE):
            self._write(rows)  # the thread whose turn it is hangs, and must not stop all others
            return
        try:
            if not mine.is_written and not self._write_all(self._take(mine)):
                self._write(rows)  # if another thread's rows were the problem, only that thread's call fails
        finally:
            self._turn.release()

    def _take(self, mine: _Share[T]) -> list[_Share[T]]:
        """Return all that wait, in the order in which they came."""
        taken = [self.waiting.popleft() for _ in range(len(self.waiting))]
        return taken if mine in taken else [mine, *taken]

    def _write_all(self, shares: Sequence[_Share[T]]) -> bool:
        if len(shares) == 1:
            return False
        try:
            self._write([row for share in shares for row in share.rows])
        except Exception:  # noqa: BLE001 - each thread gets it when it writes its own rows
            return False
        for share in shares:
            share.is_written = True
        return True


class _Share(Generic[T]):
    def __init__(self, rows: Sequence[T]) -> None:
        self.rows = rows
        self.is_written = False
