"""Group commit: what several threads want written at the same moment is written in one statement."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

T = TypeVar("T")


class Together(Generic[T]):
    """Calls `write` for one thread at a time, with the rows of all that wait for their turn meanwhile.

    Who comes alone waits for nobody. Each call returns after its own rows were written, or raises what that raised.
    """

    def __init__(self, write: Callable[[Sequence[T]], object]) -> None:
        self._write = write
        self._turn = threading.Lock()
        self.waiting: deque[_Share[T]] = deque()

    def __call__(self, rows: Sequence[T]) -> None:
        mine = _Share(rows)
        self.waiting.append(mine)
        with self._turn:
            if mine.is_written:
                return
            others = self._take_others(mine)
            if others and self._write_all([mine, *others]):
                return
            self._write(mine.rows)  # alone; when another's rows were the trouble, they will be that one's trouble

    def _take_others(self, mine: _Share[T]) -> list[_Share[T]]:
        taken = [self.waiting.popleft() for _ in range(len(self.waiting))]
        return [each for each in taken if each is not mine]

    def _write_all(self, shares: Sequence[_Share[T]]) -> bool:
        try:
            self._write([row for share in shares for row in share.rows])
        except Exception:  # noqa: BLE001 - each of them hears it when it writes its own
            return False
        for share in shares:
            share.is_written = True
        return True


class _Share(Generic[T]):
    def __init__(self, rows: Sequence[T]) -> None:
        self.rows = rows
        self.is_written = False
