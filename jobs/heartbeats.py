"""Heartbeats of workers, so that one that stopped can be told from one that has nothing to do."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.db import InterfaceError, OperationalError

from jobs.models import Heartbeat

EVERY: Final = 10.0  # seconds
SILENT: Final = timedelta(minutes=2)  # longer than any handler may run
REPLACED: Final = timedelta(minutes=10)  # a machine that is gone, while another does its work
FORGET: Final = timedelta(days=1)  # a machine that is gone for good

AUDITOR: Final = "auditor"


class Pulse:
    """The heartbeat of a worker: `beat` writes it at most once every `EVERY` seconds."""

    def __init__(self, queue: str) -> None:
        self._name = f"{queue}@{socket.gethostname()}"[:200]
        self._next = 0.0

    def beat(self, now: datetime) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY
            Heartbeat.objects.update_or_create(name=self._name, defaults={"seen_at": now})

    def end(self) -> None:
        """Forget a worker that was told to stop. A rolling upgrade leaves machines behind that never come back."""
        with suppress(OperationalError, InterfaceError):  # without a database, the silence tells
            Heartbeat.objects.filter(name=self._name).delete()


def workers(now: datetime) -> list[Heartbeat]:
    """Return when each worker was last seen, by name. Forget machines that are gone while others do their work."""
    beats = list(Heartbeat.objects.exclude(name=AUDITOR).order_by("name"))
    at_work = {_queue(beat) for beat in beats if beat.seen_at >= now - SILENT}
    gone = [beat.name for beat in beats if beat.seen_at < now - REPLACED and _queue(beat) in at_work]
    if gone:
        Heartbeat.objects.filter(name__in=gone, seen_at__lt=now - REPLACED).delete()
    return [beat for beat in beats if beat.name not in gone]


def silent(now: datetime) -> list[str]:
    """Return a sentence for each queue that had a worker lately and has none that is alive."""
    seen: dict[str, datetime] = {}
    for beat in Heartbeat.objects.exclude(name=AUDITOR).filter(seen_at__gt=now - FORGET):
        queue = _queue(beat)
        seen[queue] = max(beat.seen_at, seen.get(queue, beat.seen_at))
    gone = {queue: at for queue, at in seen.items() if at < now - SILENT}
    return [f"The {queue} worker was last seen at {at:%H:%M:%S} UTC. Restart it." for queue, at in gone.items()]


def _queue(beat: Heartbeat) -> str:
    return beat.name.partition("@")[0]
