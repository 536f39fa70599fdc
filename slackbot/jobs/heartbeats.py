"""Signs of life of what works in the background, so that silence can be told from quiet."""

from __future__ import annotations

import socket
import time
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

from django.db import InterfaceError, OperationalError

from slackbot.models import Beat

EVERY: Final = 10.0  # seconds
SILENT: Final = timedelta(minutes=2)  # longer than any handler may run
REPLACED: Final = timedelta(minutes=10)  # a machine that is gone, while another does its work
FORGET: Final = timedelta(days=1)  # a machine that is gone for good

AUDITOR: Final = "auditor"


class Pulse:
    """A lane's own: beats now and then, however often it is asked to."""

    def __init__(self, lane: str) -> None:
        self._name = f"{lane}@{socket.gethostname()}"[:200]
        self._next = 0.0

    def beat(self, now: datetime) -> None:
        if time.monotonic() >= self._next:
            self._next = time.monotonic() + EVERY
            Beat.objects.update_or_create(name=self._name, defaults={"seen_at": now})

    def end(self) -> None:
        """It was told to stop: nobody shall miss it. A rolling upgrade leaves machines behind that never come back."""
        with suppress(OperationalError, InterfaceError):  # a database that is away finds out by the silence
            Beat.objects.filter(name=self._name).delete()


def lanes(now: datetime) -> list[Beat]:
    """Return when each lane was last seen, by name. Forgets the machines that are gone while others do their work."""
    beats = list(Beat.objects.exclude(name=AUDITOR).order_by("name"))
    at_work = {_lane(beat) for beat in beats if beat.seen_at >= now - SILENT}
    gone = [beat.name for beat in beats if beat.seen_at < now - REPLACED and _lane(beat) in at_work]
    if gone:
        Beat.objects.filter(name__in=gone, seen_at__lt=now - REPLACED).delete()
    return [beat for beat in beats if beat.name not in gone]


def silent(now: datetime) -> list[str]:
    """Return a sentence for each lane that ought to work somewhere and shows no sign of life."""
    seen: dict[str, datetime] = {}
    for beat in Beat.objects.exclude(name=AUDITOR).filter(seen_at__gt=now - FORGET):
        lane = _lane(beat)
        seen[lane] = max(beat.seen_at, seen.get(lane, beat.seen_at))
    return [f"The {lane} worker was last seen at {at:%H:%M:%S} UTC." for lane, at in seen.items() if at < now - SILENT]


def _lane(beat: Beat) -> str:
    return beat.name.partition("@")[0]
