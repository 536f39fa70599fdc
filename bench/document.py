"""What a long timeline costs its readers: the document of 20,000 entries beside one of 20, in one database.

The two are read in turns, so that whatever else the machine does disturbs both alike.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from bench.engines import POSTGRES, SQLITE, Engine, engine
from bench.figures import percentile, ratio, show
from bench.fill import fill
from bench.growth import live_through_one, signed_in
from bench.product import Product, running

SHORT: Final = 20
LONG: Final = 20_000
QUICK: Final = 400
ROUNDS: Final = 25
WARM: Final = 3
PAGES: Final = {
    "first screen": "/incidents/{number}/",
    "everything recorded": "/incidents/{number}/?timeline=all",
    "a link to the third entry": "/incidents/{number}/?entry=3",
    "the entries before": "/incidents/{number}/?before={middle}",
    "news": "/incidents/{number}/live/?first={recent}",
    "everything at once": "/incidents/{number}/?first=0",
}


def measure(engines: Sequence[str], folder: Path, *, quick: bool) -> None:
    long = QUICK if quick else LONG
    rows: list[list[str]] = []
    for name in engines:
        if name in (SQLITE, POSTGRES):
            with reading(name, folder, long=long) as product:
                rows += _compared(name, product, long=long, rounds=1 if quick else ROUNDS)
    columns = ("engine", "page", f"{SHORT} entries", f"{long:,} entries", "ratio", "KB", "KB")
    show(f"Documents, medians of {1 if quick else ROUNDS} rounds", columns, rows)


@contextmanager
def reading(name: str, folder: Path, *, long: int) -> Iterator[Product]:
    with engine(name, folder) as place:
        with running(place) as product:
            asyncio.run(live_through_one(product))
        fill(place, incidents=2)
        for number, entries in ((1, SHORT), (2, long)):
            _add_notes(place, number, entries=entries)
        with running(place, WEB_CONCURRENCY="1") as product:
            yield product


_IN_POSTGRES: Final = "s.{0} + n.i * interval '1 second'"
_IN_SQLITE: Final = "strftime('%Y-%m-%d %H:%M:%f', s.{0}, n.i || ' seconds')"


def _add_notes(place: Engine, number: int, *, entries: int) -> None:
    """Repeat the incident's note, one second apart, until its timeline has this many entries."""
    second = _IN_POSTGRES if place.database else _IN_SQLITE
    with closing(place.connect()) as connection, closing(connection.cursor()) as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "INSERT INTO incidents_timelineentry"
            " (incident_id, seq, kind, happened_at, recorded_at, actor_id, text, html, data)"
            f" WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {entries})"
            f" SELECT s.incident_id, p.version + n.i, s.kind, {second.format('happened_at')},"
            f" {second.format('recorded_at')}, s.actor_id, s.text, s.html, s.data"
            " FROM incidents_timelineentry s JOIN incidents_incident p ON p.id = s.incident_id CROSS JOIN n"
            f" WHERE p.number = {number} AND s.kind = 'note_added' AND p.version + n.i <= {entries}"
        )
        cursor.execute(
            f"UPDATE incidents_incident SET version = {entries} WHERE number = {number} AND version < {entries}"
        )
        cursor.execute("COMMIT")
        if place.database:
            cursor.execute("VACUUM ANALYZE")


def _compared(name: str, product: Product, *, long: int, rounds: int) -> list[list[str]]:
    pages = signed_in(product)
    rows = []
    for what, path in PAGES.items():
        seconds: dict[int, list[float]] = {SHORT: [], long: []}
        sizes: dict[int, int] = {}
        for turn in range(WARM + rounds):
            for number, entries in ((1, SHORT), (2, long)):
                address = path.format(number=number, middle=entries // 2, recent=max(1, entries - 99))
                began = time.perf_counter()
                body = pages.open(f"{product.url}{address}").read()
                sizes[entries] = len(body)
                if turn >= WARM:
                    seconds[entries].append(time.perf_counter() - began)
        times = [f"{1000 * percentile(seconds[entries], 50):.1f} ms" for entries in (SHORT, long)]
        kilobytes = [f"{sizes[entries] / 1000:.0f}" for entries in (SHORT, long)]
        rows.append([name, what, *times, ratio(seconds[long], seconds[SHORT]), *kilobytes])
    return rows
