"""Wake workers after a commit. A wake-up names a queue and carries no work: a worker that misses it finds the rows by
looking a moment later.

Without Redis it is a datagram to a socket, which only workers of this machine hear. With Redis it is a Celery task,
published by a separate thread, so that a slow or dead Redis never delays a request.
"""

from __future__ import annotations

import hashlib
import heapq
import logging
import os
import socket
import stat
import tempfile
import threading
import time
from collections import deque
from contextlib import suppress
from datetime import datetime
from functools import cache, partial
from pathlib import Path
from typing import Any, Final

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from jobs import queues

logger = logging.getLogger(__name__)

TASK: Final = "jobs.work"
BREAK: Final = 2.0  # seconds without publishing after a failure
PACE: Final = 0.05  # seconds between two wake-ups of a queue that wait for their time
BURST: Final = 4  # wake-ups of a queue that this process publishes within `PACE`; under load, its workers are awake
FORESIGHT: Final = 10.0  # seconds: what is due later is found by looking, soon enough
PATIENCE: Final = 0.2  # seconds that Redis may take


def wake_after_commit(queue: str) -> None:
    transaction.on_commit(partial(wake, queue), robust=True)


def wake(queue: str) -> None:
    """Wake a worker of a queue. Never blocks and never raises."""
    known = queues.find(queue)
    if known is None:
        logger.error("There is no queue %r to wake. Queues: %s", queue, ", ".join(queues.names()))
        return
    if _held.names is not None and not known.is_awaited:
        _held.names.add(queue)
        return
    if settings.REDIS_URL:
        _publisher.put(queue)
    else:
        _send_datagram(queue)


def serve(queue: str) -> None:
    """Note which queue this thread runs, for `wake_when_due`."""
    _served.queue = queue


def wake_when_due(moment: datetime | None) -> None:
    """A row of the queue that this thread runs has to wait until then: wake a worker, unless that is far away.

    Local workers find it by looking.
    """
    if moment is None or _served.queue is None or not settings.REDIS_URL:
        return
    seconds = (moment - timezone.now()).total_seconds()
    if seconds < FORESIGHT:
        _publisher.put(_served.queue, after=max(0.0, seconds))


class _Served(threading.local):
    queue: str | None = None


_served = _Served()


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
        raise PermissionError(f"{folder} must be a directory that only this user can access.")
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


def _send_datagram(queue: str) -> None:
    try:
        _sender().sendto(b"!", str(socket_path(queue)))
    except OSError:
        logger.debug("No worker of %s listens on this machine; one will check the queue later", queue)


@cache
def _sender() -> socket.socket:
    sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.settimeout(0)  # never wait
    return sender


# Redis ----------------------------------------------------------------------------------------------------------------


def is_broken() -> bool:
    """Return True while the last wake-up that this process published did not arrive."""
    return _publisher.is_broken


class _Publisher:
    """One thread that publishes wake-ups for all others. One that is waiting already is not repeated."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._due: list[tuple[float, str]] = []  # a heap: when to wake which queue
        self._published: dict[str, deque[float]] = {}  # when each queue was woken lately
        self._pid = 0
        self._line: Any = None
        self.is_broken = False

    def put(self, queue: str, *, after: float = 0.0) -> None:
        with self._news:
            if self._pid != os.getpid():  # first use, or the first after a fork, which copies no threads
                self._due, self._line = [], None
                threading.Thread(target=self._run, name="wakeup", daemon=True).start()
                self._pid = os.getpid()
            due = time.monotonic() + after if after else self._earliest(queue)
            earliest, latest = (due - PACE, due + PACE) if after else (0.0, due)
            if not any(name == queue and earliest <= at <= latest for at, name in self._due):
                heapq.heappush(self._due, (due, queue))
                self._news.notify()

    def _earliest(self, queue: str) -> float:
        """Return when the queue may be woken: at once, unless it was woken a few times just now.

        Publishing takes more processor time than storing a row, and a request would have to wait for it.
        """
        lately = self._published.get(queue)
        return max(time.monotonic(), lately[0] + PACE) if lately and len(lately) == BURST else time.monotonic()

    def _run(self) -> None:
        while True:
            queue = self._next()
            self._published.setdefault(queue, deque(maxlen=BURST)).append(time.monotonic())
            try:
                self._publish(queue)
            except Exception as error:  # noqa: BLE001 - without this thread nobody would publish any more
                if not self.is_broken:
                    logger.warning(
                        "Wake-ups can't be published to Redis, so jobs may start up to two seconds later: %r", error
                    )
                self.is_broken = True
                self._hang_up()
                time.sleep(BREAK)
                self._lose_what_is_due()
            else:
                if self.is_broken:
                    logger.warning("Wake-ups can be published again.")
                self.is_broken = False

    def _publish(self, queue: str) -> None:
        if self._line is None:
            self._line = current_app.connection_for_write()
            limits = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE, "max_retries": 0}
            self._line.transport_options = {**self._line.transport_options, **limits}
        # If a wake-up is waiting in Redis already, its task will look for rows later than now, and finds ours.
        if self._line.default_channel.client.llen(queue) == 0:
            current_app.send_task(TASK, args=[queue], queue=queue, connection=self._line, retry=False)

    def _lose_what_is_due(self) -> None:
        """A wake-up may get lost. Kept until Redis is back, they would become ever more."""
        with self._news:
            self._due = [(at, queue) for at, queue in self._due if at > time.monotonic()]
            heapq.heapify(self._due)

    def _hang_up(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            with suppress(Exception):
                line.release()

    def _next(self) -> str:
        """Wait until a wake-up is due."""
        with self._news:
            while True:
                left = self._due[0][0] - time.monotonic() if self._due else None
                if left is not None and left <= 0:
                    return heapq.heappop(self._due)[1]
                self._news.wait(left)


_publisher = _Publisher()
