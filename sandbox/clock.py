"""The sandbox's time: real time plus what tests moved it by, and the things that are due later."""

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field


class Clock:
    """Tell the time. Message timestamps never repeat and never go back, however the clock is moved."""

    def __init__(self) -> None:
        self.offset = 0.0
        self.app_moves_too = False  # the app's clock was moved as well, so signatures tell the moved time
        self._last_ts = 0

    def now(self) -> float:
        return time.time() + self.offset

    def signing_time(self) -> int:
        """Return the time that the app takes for the present one: real time, unless its clock was moved like ours."""
        return int(self.now() if self.app_moves_too else time.time())

    def reset(self) -> None:
        """Tell real time again, also in the timestamps: what had later ones is gone."""
        self.offset, self.app_moves_too, self._last_ts = 0.0, False, 0

    def advance(self, seconds: float) -> None:
        self.offset += seconds

    def set(self, moment: float) -> None:
        self.offset = moment - time.time()

    def next_ts(self) -> str:
        """Return a new Slack timestamp: seconds, a dot, microseconds."""
        micros = max(int(self.now() * 1_000_000), self._last_ts + 1)
        self._last_ts = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"

    def never_before(self, ts: str) -> None:
        """Make every later timestamp greater than `ts` (which was loaded from disk)."""
        self._last_ts = max(self._last_ts, int(ts.replace(".", "")))


@dataclass(order=True, slots=True)
class _Timer:
    due: float
    number: int
    action: Callable[[], None] = field(compare=False)
    cancelled: bool = field(default=False, compare=False)


class Timers:
    """Run actions when the sandbox's clock reaches their time; moving the clock moves them too."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._heap: list[_Timer] = []
        self._numbers = itertools.count()
        self._wake = asyncio.Event()

    def at(self, due: float, action: Callable[[], None]) -> Callable[[], None]:
        """Run `action` at `due`. Return a function that cancels it."""
        timer = _Timer(due, next(self._numbers), action)
        heapq.heappush(self._heap, timer)
        self._wake.set()

        def cancel() -> None:
            timer.cancelled = True

        return cancel

    def after(self, seconds: float, action: Callable[[], None]) -> Callable[[], None]:
        return self.at(self._clock.now() + seconds, action)

    def clear(self) -> None:
        self._heap.clear()

    def run_due(self) -> None:
        now = self._clock.now()
        while self._heap and self._heap[0].due <= now:
            timer = heapq.heappop(self._heap)
            if not timer.cancelled:
                timer.action()

    def clock_was_moved(self) -> None:
        self._wake.set()

    async def run(self) -> None:
        while True:
            self.run_due()
            self._wake.clear()
            pause = self._heap[0].due - self._clock.now() if self._heap else None
            try:
                # Not wait_for: in Python 3.11 it may swallow the cancellation that stops us.
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            except TimeoutError:
                continue
