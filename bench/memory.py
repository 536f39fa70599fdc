"""What stays in memory: that of web and workers after ever more events, one in ten of which is work for us."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.ack import CONNECTIONS, ELSEWHERE, MESSAGE, requests_of, with_incidents
from bench.engines import POSTGRES_REDIS, SQLITE, engine
from bench.figures import show
from bench.load import flat_out
from bench.product import Product

EVENTS: Final = 100_000
LOOKS: Final = 5
CHUNK: Final = 2_000  # between two, the workers come to rest
OURS_EVERY: Final = 10
LONGEST: Final = 120.0  # seconds for a chunk
PARTS: Final = ("web", "inbox", "outbox", "sweeper")


def megabytes(product: Product) -> dict[str, float]:
    """Return the proportional memory of each part, in MiB."""
    found = product.processes()
    return {
        part: sum(process.memory_full_info().pss for process in found[part]) / 1024**2
        for part in PARTS
        if part in found
    }


async def tell(product: Product, count: int) -> None:
    """Send so many events, and raise when one is not acknowledged."""
    makes = requests_of(product)
    numbers = itertools.count()

    def make() -> bytes:
        return makes[MESSAGE if next(numbers) % OURS_EVERY == 0 else ELSEWHERE]()

    while count > 0:
        chunk = min(CHUNK, count)
        outcome = await flat_out(product.port, make, connections=CONNECTIONS, seconds=LONGEST, prepared=chunk)
        if outcome.failed or len(outcome.seconds) < chunk:
            raise AssertionError(f"Of {chunk} events only {len(outcome.seconds)} were acknowledged")
        product.rest()
        count -= chunk


def measure(engines: Sequence[str], folder: Path, *, quick: bool) -> None:
    step = (200 if quick else EVENTS) // LOOKS
    rows = []
    for name in engines:
        if name not in (SQLITE, POSTGRES_REDIS):
            continue
        with engine(name, folder) as place, with_incidents(place, count=2) as product:
            looks = [_after(product, step) for _ in range(LOOKS)]
        rows += [
            [name, part, *(f"{look[part]:.0f} MiB" for look in looks), f"{looks[-1][part] / looks[0][part]:.2f}x"]
            for part in looks[0]
        ]
    columns = ("engine", "part", *(f"{step * (look + 1):,} events" for look in range(LOOKS)), "last beside first")
    show("Memory (PSS) after so many events", columns, rows)


def _after(product: Product, count: int) -> dict[str, float]:
    asyncio.run(tell(product, count))
    return megabytes(product)
