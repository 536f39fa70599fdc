"""What is going on right now, so that a test can wait until nothing is."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Activity:
    """Count things under way: queued deliveries, requests to the app, API calls."""

    def __init__(self) -> None:
        self.count = 0
        self.begun = 0  # ever
        self._idle = asyncio.Event()
        self._idle.set()

    def begin(self) -> None:
        self.count += 1
        self.begun += 1
        self._idle.clear()

    def end(self) -> None:
        self.count -= 1
        if self.count == 0:
            self._idle.set()

    @contextmanager
    def going_on(self) -> Iterator[None]:
        self.begin()
        try:
            yield
        finally:
            self.end()

    async def wait_until_idle(self) -> None:
        """Return when nothing has been going on for two turns of the event loop."""
        while True:
            await self._idle.wait()
            await asyncio.sleep(0)
            if self.count == 0:
                return
