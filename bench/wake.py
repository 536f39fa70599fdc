"""From a stored row to its handler's first line: by the bell, and without it by looking.

Counted from the row's `created_at`, which is read before the INSERT: the commit itself is part of the time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench import slack
from bench.engines import POSTGRES, POSTGRES_REDIS, SQLITE, Engine, engine
from bench.figures import SAMPLES, milliseconds, show
from bench.load import at_rate
from bench.probe import EVENT, NOTES
from bench.product import Product, running

RATE: Final = 4.87  # a second; a number that keeps in step with no timer
EVENTS: Final = 150
BELLS: Final = {SQLITE: "socket", POSTGRES: "socket", POSTGRES_REDIS: "Celery"}

NAME_AND_UNIX_TIME: Final = {
    "PostgreSQL": "payload ->> 'name', extract(epoch FROM created_at)",
    "SQLite": "json_extract(payload, '$.name'), (julianday(created_at) - 2440587.5) * 86400",
}


def wakings(product: Product, *, count: int, name: str) -> list[float]:
    """Send so many events and return after how many seconds each one's handler began."""
    requests = [slack.event({"type": EVENT, "subtype": "add", "name": f"{name}{number}"}) for number in range(count)]
    sent = asyncio.run(at_rate(product.port, requests, per_second=RATE))
    if sent.failed:
        raise AssertionError(f"{sent.failed} of {count} events were not acknowledged")
    product.rest()
    stored = _stored(product.engine, name)
    began = {who: float(at) for who, at in (line.split() for line in _notes(product.engine).read_text().splitlines())}
    return [began[who] - at for who, at in stored.items()]


def _stored(place: Engine, name: str) -> dict[str, float]:
    columns = NAME_AND_UNIX_TIME["PostgreSQL" if place.database else "SQLite"]
    rows = place.query(f"SELECT {columns} FROM slackbot_inboxentry")
    return {who: float(at) for who, at in rows if who and who.startswith(name)}


def _notes(place: Engine) -> Path:
    return place.folder / "notes"


def measure(engines: Sequence[str], folder: Path, *, quick: bool) -> None:
    rows = []
    count = 5 if quick else EVENTS
    for name in engines:
        with engine(name, folder) as place:
            probe = {"RESPONSE_PLUGINS": "bench.probe", NOTES: str(_notes(place))}
            with running(place, **probe) as product:
                wakings(product, count=3, name="warm")
                rows.append([name, BELLS[name], *milliseconds(wakings(product, count=count, name="bell"))])
                product.silence_bells()
                rows.append([name, "none: looks", *milliseconds(wakings(product, count=count, name="look"))])
    show("From a row's commit to its handler's start, five events a second", ("engine", "bell", *SAMPLES), rows)
