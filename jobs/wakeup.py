"""Wake workers after a commit. A wake-up names a queue and carries no work: a worker that misses it finds the rows by
looking a moment later.

On this machine it is a datagram to a socket. With Redis there is another for workers elsewhere: a Celery task that
carries the queue's name, or, for queues that run plugins, a message that a thread of their worker listens for. Both are
published by a thread of their own, so that a slow or dead Redis never delays a request.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import socket
import stat
import tempfile
import threading
import time
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from celery import current_app
from django.conf import settings
from django.db import transaction
from redis import Redis

from jobs import queues
from jobs.queues import Queue

logger = logging.getLogger(__name__)

HEALTH: Final = 15.0  # seconds after which a quiet connection to Redis is checked
TASK: Final = "jobs.work"
BREAK: Final = 2.0  # seconds without publishing after a failure
# Seconds. A worker that got the datagram has begun by then, and Celery's workers are needed only for a crowd.
SECOND_WAKE: Final = 0.25
# Seconds between two wake-ups of a queue by Celery: a worker that is awake looks until nothing is left.
PACE: Final = 0.05


def wake_after_commit(queue: str) -> None:
    transaction.on_commit(partial(wake, queue), robust=True)


def wake(queue: str) -> None:
    """Wake the workers of a queue. Never blocks and never raises. On this machine it doesn't depend on Redis."""
    known = queues.find(queue)
    if known is None:
        logger.error("There is no queue %r to wake. There are: %s", queue, ", ".join(queues.names()))
        return
    if _held.names is not None and not known.is_awaited:
        _held.names.add(queue)
        return
    was_heard = _send_datagram(queue)
    if settings.REDIS_URL:
        _publisher.put(queue, within=SECOND_WAKE if was_heard else 0)


class _Held(threading.local):
    names: set[str] | None = None


_held = _Held()


def hold() -> None:
    """Keep this thread's wake-ups until `release`: a woken worker would compete with the request for the processor.

    Those of queues that a request waits for are sent at once.
    """
    _held.names = set()


def release(**_signal: Any) -> None:
    names, _held.names = _held.names, None
    for name in names or ():
        wake(name)


# A socket on this machine ---------------------------------------------------------------------------------------------


def socket_path(queue: str) -> Path:
    """A short path that only this user can reach, the same for all processes that share the data directory."""
    mark = hashlib.sha256(str(settings.DATABASES["default"]["NAME"]).encode()).hexdigest()[:12]
    return _folder() / f"{mark}-{queue}"


@cache
def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"response-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077 or not stat.S_ISDIR(found.st_mode):
        raise PermissionError(f"{folder} must be a directory of this user alone.")
    return folder


class Listener:
    """The worker's end: `wait` returns True after a wake-up, False after `seconds`. With 0 it doesn't wait."""

    def __init__(self, queue: str) -> None:
        self._path = socket_path(queue)
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._path))

    def wait(self, seconds: float) -> bool:
        self._socket.settimeout(seconds)
        try:
            self._socket.recv(16)
        except (TimeoutError, BlockingIOError):
            return False
        return True

    def close(self) -> None:
        self._socket.close()
        self._path.unlink(missing_ok=True)


def _send_datagram(queue: str) -> bool:
    """Return True when a worker on this machine listens."""
    try:
        _sender().sendto(b"!", str(socket_path(queue)))
    except OSError:
        logger.debug("No worker of %s listens here; one will look by itself", queue)
        return False
    return True


@cache
def _sender() -> socket.socket:
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.settimeout(0)  # never wait
    return sender


# Redis ----------------------------------------------------------------------------------------------------------------


def _publish(name: str) -> None:
    """Celery's processes run no plugins: a plugin must not be able to break one of them."""
    if queues.get(name).runs_plugins:
        _redis().publish(_channel(name), "!")
    else:
        current_app.send_task(TASK, args=[name], expires=10, retry=False, ignore_result=True)


def _channel(queue: str) -> str:
    return f"response:{socket_path(queue).name}"


@cache
def _redis() -> Redis:
    limits = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    return Redis.from_url(
        str(settings.REDIS_URL),
        socket_connect_timeout=limits["socket_connect_timeout"],
        socket_timeout=limits["socket_timeout"],
        health_check_interval=HEALTH,
    )


def relay(queue: Queue[Any]) -> None:
    """Have a worker that Celery cannot wake hear wake-ups from other machines, while this process lives."""
    if settings.REDIS_URL and queue.runs_plugins:
        threading.Thread(target=_hear, args=[queue.name], name="relay", daemon=True).start()


def _hear(queue: str) -> None:
    while True:
        try:
            with _redis().pubsub(ignore_subscribe_messages=True) as line:  # type: ignore[no-untyped-call]
                line.subscribe(_channel(queue))
                while True:
                    if line.get_message(timeout=HEALTH) is not None:
                        _send_datagram(queue)
        except Exception as error:  # noqa: BLE001 - without this thread, no wake-ups would arrive any more
            logger.warning("The %s worker gets no wake-ups from elsewhere, and looks by itself: %r", queue, error)
            time.sleep(BREAK)


class _Publisher:
    """One thread that publishes wake-ups for all others. One that is waiting already is not repeated."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._due: dict[str, float] = {}  # which queue is to be woken, and when
        self._sent: dict[str, float] = {}
        self._pid = 0

    def put(self, queue: str, *, within: float) -> None:
        with self._news:
            if self._pid != os.getpid():  # first use, or the first after a fork, which copies no threads
                self._pid, self._due = os.getpid(), {}
                threading.Thread(target=self._run, name="wakeup", daemon=True).start()
            due = max(time.monotonic() + within, self._sent.get(queue, 0.0) + PACE)
            if due < self._due.get(queue, math.inf):
                self._due[queue] = due
                self._news.notify()

    def _run(self) -> None:
        while True:
            queue = self._next()
            try:
                _publish(queue)
            except Exception as error:  # noqa: BLE001 - without this thread nobody would publish any more
                logger.warning("The wake-up of %s was not published; its worker looks by itself: %r", queue, error)
                time.sleep(BREAK)

    def _next(self) -> str:
        """Wait until a wake-up is due."""
        with self._news:
            while True:
                queue = min(self._due, key=self._due.__getitem__, default=None)
                left = self._due[queue] - time.monotonic() if queue else None
                if queue and left is not None and left <= 0:
                    self._sent[queue] = time.monotonic()
                    del self._due[queue]
                    return queue
                self._news.wait(left)


_publisher = _Publisher()
