"""From a stored row to the handler that works on it: after a wake-up, and without one by polling.

Counted from the row's `created_at`, which is read before the INSERT: the commit itself is part of the time. A plugin's
handler tells when it begins. One of ours cannot, so that the time is until it was done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from bench import slack
from bench.declare import declare_all
from bench.engines import POSTGRES, POSTGRES_REDIS, SQLITE, Engine, engine
from bench.figures import SAMPLES, milliseconds, show
from bench.load import at_rate
from bench.probe import CLICK, EVENT, NOTES
from bench.product import Product, running

RATE: Final = 4.87  # a second; a number that keeps in step with no timer
EVENTS: Final = 100
SOCKET: Final = "socket"
CELERY: Final = "Celery"
NONE: Final = "none: looks"
WAKE_UPS: Final = {SQLITE: (SOCKET, NONE), POSTGRES: (SOCKET, NONE), POSTGRES_REDIS: (CELERY, NONE)}
BUILT_IN: Final = "built-in handler done"
PLUGIN: Final = "plugin's handler begins"
CLICKED: Final = "plugin's button acknowledged"

NAME: Final = {"PostgreSQL": "payload ->> 'name'", "SQLite": "json_extract(payload, '$.name')"}
UNIX_TIME: Final = {
    "PostgreSQL": "extract(epoch FROM {})",
    "SQLite": "(julianday({}) - 2440587.5) * 86400",
}


def wakings(product: Product, *, count: int, name: str) -> dict[str, list[float]]:
    """Send so many events of both kinds, then clicks; return after how many seconds each had its effect."""
    ((channel, number),) = product.engine.query(
        "SELECT channel_id, number FROM slackbot_commschannel c JOIN incidents_incident i ON i.id = c.incident_id"
    )
    last = product.engine.query("SELECT max(id) FROM slackbot_inboxentry")[0][0]
    events = chain.from_iterable(
        (slack.message(channel), slack.event({"type": EVENT, "subtype": "add", "name": f"{name}{each}"}))
        for each in range(count)
    )
    asyncio.run(_send(product, list(events), per_second=2 * RATE))
    product.rest()
    found = {BUILT_IN: _until_done(product.engine, after=last), PLUGIN: _until_begun(product.engine, name)}
    url = f"{product.sandbox_url}/commands/bench"
    clicks = [slack.click(CLICK, block=f"incident-{number}", channel=channel, response_url=url) for _ in range(count)]
    found[CLICKED] = asyncio.run(_send(product, clicks, per_second=RATE))
    product.rest()
    return found


async def _send(product: Product, requests: Sequence[bytes], *, per_second: float) -> list[float]:
    sent = await at_rate(product.port, requests, per_second=per_second)
    if sent.failed:
        raise AssertionError(f"{sent.failed} of {len(requests)} requests were not acknowledged")
    return sent.seconds


def _until_done(place: Engine, *, after: int) -> list[float]:
    closed, created = (_unix_time(place, column) for column in ("closed_at", "created_at"))
    rows = place.query(
        f"SELECT {closed} - {created} FROM slackbot_inboxentry"
        f" WHERE id > {after} AND kind = 'event' AND handler LIKE 'slackbot.%'"
    )
    return [float(seconds) for (seconds,) in rows]


def _until_begun(place: Engine, name: str) -> list[float]:
    words, created = NAME[_driver(place)], _unix_time(place, "created_at")
    stored = place.query(f"SELECT {words}, {created} FROM slackbot_inboxentry WHERE handler LIKE 'bench.%'")
    began = {who: float(at) for who, at in (line.split() for line in _notes(place).read_text().splitlines())}
    return [began[who] - float(at) for who, at in stored if who and who.startswith(name)]


def _driver(place: Engine) -> str:
    return "PostgreSQL" if place.database else "SQLite"


def _unix_time(place: Engine, column: str) -> str:
    return UNIX_TIME[_driver(place)].format(column)


def _notes(place: Engine) -> Path:
    return place.folder / "notes"


def measure(engines: Sequence[str], folder: Path, *, quick: bool) -> None:
    rows = []
    count = 5 if quick else EVENTS
    for name in engines:
        with engine(name, folder) as place:
            probe = {"RESPONSE_PLUGINS": "bench.probe", NOTES: str(_notes(place))}
            with running(place, **probe) as product:
                asyncio.run(declare_all(product.sandbox_url, 1))
                wakings(product, count=3, name="warm")
                for wake_up in WAKE_UPS[name]:
                    if wake_up == NONE:
                        product.silence_sockets()
                        product.silence_celery()
                    for what, seconds in wakings(product, count=count, name=wake_up[:4]).items():
                        rows.append([name, wake_up, what, *milliseconds(seconds)])
    show(
        "From a row's commit to its handler, five a second of each kind",
        ("engine", "wake-up", "until", *SAMPLES),
        rows,
    )
