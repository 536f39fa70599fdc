"""Wake a worker after a commit. A bell carries no work: who misses it finds the rows a moment later by looking.

The bell is a datagram to a socket on this machine. With Redis there is another for workers elsewhere: for the core a
Celery task that carries the lane's name, for plugins a message that a thread of their lane hears. Both are published by
a thread of their own, so that a slow or dead Redis never holds up a request.
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
from typing import Any, Final, Literal

from celery import current_app
from django.conf import settings
from django.db import transaction
from redis import Redis

logger = logging.getLogger(__name__)

Lane = Literal["inbox", "plugins", "answers", "outbox"]
CORE: Final = ("inbox", "outbox")
HEALTH: Final = 15.0  # seconds after which a quiet line to Redis is looked at
TASK: Final = "slackbot.tasks.{lane}"
BREAK: Final = 2.0  # seconds without publishing after a failure
# Seconds. Who heard the socket has begun by then, and Celery's workers are needed only for a crowd.
SECOND_RING: Final = 0.25
# Seconds between two rings of a bell by Celery: whoever is awake looks until nothing is left.
PACE: Final = 0.05


def lane(name: str) -> Lane:
    """Return the lane of that name, as a type."""
    match name:
        case "inbox" | "plugins" | "answers" | "outbox":
            return name
        case _:
            raise ValueError(f"There is no lane {name!r}")


def ring_after_commit(lane: Lane) -> None:
    transaction.on_commit(partial(ring, lane), robust=True)


def ring(lane: Lane) -> None:
    """Never blocks and never raises. A lane on this machine hears the socket, whatever Redis does."""
    if _held.lanes is not None and lane != "answers":  # those are what the answer waits for
        _held.lanes.add(lane)
        return
    was_heard = _send_datagram(lane)
    if settings.REDIS_URL:
        _publisher.put(lane, within=SECOND_RING if was_heard else 0)


def ring_outbox(incident_id: int) -> None:
    """Follow the news of incidents."""
    ring("outbox")


class _Held(threading.local):
    lanes: set[Lane] | None = None


_held = _Held()


def hold() -> None:
    """Keep this thread's bells until `let_go`: whoever wakes up takes the processor from who waits for an answer."""
    _held.lanes = set()


def let_go(**_signal: Any) -> None:
    lanes, _held.lanes = _held.lanes, None
    for lane in lanes or ():
        ring(lane)


# A socket on this machine ---------------------------------------------------------------------------------------------


def bell_path(lane: Lane) -> Path:
    """A short path that only this user can reach, the same for all processes that share the data directory."""
    mark = hashlib.sha256(str(settings.DATABASES["default"]["NAME"]).encode()).hexdigest()[:12]
    return _folder() / f"{mark}-{lane}"


@cache
def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"response-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077 or not stat.S_ISDIR(found.st_mode):
        raise PermissionError(f"{folder} must be a directory of this user alone.")
    return folder


class Bell:
    """The worker's end: `wait` returns True when somebody rang, False after `seconds`."""

    def __init__(self, lane: Lane) -> None:
        self._path = bell_path(lane)
        self._path.unlink(missing_ok=True)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(self._path))

    def wait(self, seconds: float) -> bool:
        self._socket.settimeout(max(seconds, 0.001))
        try:
            self._socket.recv(16)
        except TimeoutError:
            return False
        return True

    def close(self) -> None:
        self._socket.close()
        self._path.unlink(missing_ok=True)


def _send_datagram(lane: Lane) -> bool:
    """Return True when a lane on this machine listens."""
    try:
        _line().sendto(b"!", str(bell_path(lane)))
    except OSError:
        logger.debug("Nobody hears the %s bell; the worker will look by itself", lane)
        return False
    return True


@cache
def _line() -> socket.socket:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    line.settimeout(0)  # never wait
    return line


# Redis ----------------------------------------------------------------------------------------------------------------


def _publish(lane: Lane) -> None:
    """Celery's processes serve the core only: a plugin must not be able to break one of them."""
    if lane in CORE:
        current_app.send_task(TASK.format(lane=lane), expires=10, retry=False, ignore_result=True)
    else:
        _redis().publish(_channel(lane), "!")


def _channel(lane: Lane) -> str:
    return f"response:{bell_path(lane).name}"


@cache
def _redis() -> Redis:
    limits = settings.CELERY_BROKER_TRANSPORT_OPTIONS
    return Redis.from_url(
        str(settings.REDIS_URL),
        socket_connect_timeout=limits["socket_connect_timeout"],
        socket_timeout=limits["socket_timeout"],
        health_check_interval=HEALTH,
    )


def relay(lane: Lane) -> None:
    """Have a lane that Celery cannot serve hear bells from elsewhere, while this process lives."""
    if settings.REDIS_URL and lane not in CORE:
        threading.Thread(target=_hear, args=[lane], name="relay", daemon=True).start()


def _hear(lane: Lane) -> None:
    while True:
        try:
            with _redis().pubsub(ignore_subscribe_messages=True) as line:  # type: ignore[no-untyped-call]
                line.subscribe(_channel(lane))
                while True:
                    if line.get_message(timeout=HEALTH) is not None:
                        _send_datagram(lane)
        except Exception as error:  # noqa: BLE001 - as above
            logger.warning("The %s lane hears no bells from elsewhere, and looks by itself: %r", lane, error)
            time.sleep(BREAK)


class _Publisher:
    """One thread that rings for all others. Rings that are waiting already are not repeated."""

    def __init__(self) -> None:
        self._news = threading.Condition()
        self._due: dict[Lane, float] = {}  # what is to be rung, and when
        self._rung: dict[Lane, float] = {}
        self._pid = 0

    def put(self, lane: Lane, *, within: float) -> None:
        with self._news:
            if self._pid != os.getpid():  # first use, or the first after a fork, which copies no threads
                self._pid, self._due = os.getpid(), {}
                threading.Thread(target=self._run, name="doorbell", daemon=True).start()
            due = max(time.monotonic() + within, self._rung.get(lane, 0.0) + PACE)
            if due < self._due.get(lane, math.inf):
                self._due[lane] = due
                self._news.notify()

    def _run(self) -> None:
        while True:
            lane = self._next()
            try:
                _publish(lane)
            except Exception as error:  # noqa: BLE001 - without this thread nobody would ring any more
                logger.warning("The %s bell was not rung, the worker will look by itself: %r", lane, error)
                time.sleep(BREAK)

    def _next(self) -> Lane:
        """Wait until a bell is to be rung."""
        with self._news:
            while True:
                lane = min(self._due, key=self._due.__getitem__, default=None)
                left = self._due[lane] - time.monotonic() if lane else None
                if lane and left is not None and left <= 0:
                    self._rung[lane] = time.monotonic()
                    del self._due[lane]
                    return lane
                self._news.wait(left)


_publisher = _Publisher()
