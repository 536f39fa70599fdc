"""Whether somebody was woken, whatever carries wake-ups here: Redis, or a socket."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from django.conf import settings
from redis import Redis

from jobs.wakeup import Listener


class _InRedis:
    """The wake-ups of a queue in Redis. No Celery worker runs here that would take them."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self._redis = Redis.from_url(str(settings.REDIS_URL))
        self._redis.delete(queue)

    def wait(self, seconds: float) -> bool:
        """Return True as soon as there is a wake-up, and take it."""
        deadline = time.monotonic() + seconds
        while True:
            if self._redis.lpop(self.queue) is not None:
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.01)

    def close(self) -> None:
        self._redis.delete(self.queue)
        self._redis.close()


@contextmanager
def listening(queue: str) -> Iterator[Listener | _InRedis]:
    """Hear the wake-ups of a queue instead of its worker, from now on."""
    with closing(_InRedis(queue) if settings.REDIS_URL else Listener(queue)) as listener:
        yield listener
