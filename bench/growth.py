"""What a long history costs: the same measurements with few, many and very many incidents in the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.ack import COMMAND, CONNECTIONS, ELSEWHERE, MESSAGE, RATE, Make, requests_of, with_incidents
from bench.declare import declare_in_turn
from bench.engines import POSTGRES_REDIS, SQLITE, Engine, copy_of, engine
from bench.figures import percentile, ratio, show
from bench.fill import fill
from bench.load import at_rate, flat_out
from bench.product import Product, running
from bench.workspace import CAST, workspace

SIZES: Final = (100, 10_000, 100_000)
ROUNDS: Final = 3
SECONDS: Final = 3.0
DECLARED: Final = 8
WARM: Final = 3
ACKNOWLEDGED: Final = (MESSAGE, ELSEWHERE, COMMAND)


@dataclass
class Medians:
    """The median of each round, in seconds, by what was measured."""

    of: dict[str, list[float]] = field(default_factory=dict)

    def note(self, what: str, seconds: Sequence[float]) -> None:
        self.of.setdefault(what, []).append(percentile(seconds, 50))


async def live_through_one(product: Product) -> None:
    """Declare an incident, work on it, and close it: what the history consists of."""
    async with workspace(product.sandbox_url) as slack:
        await slack.control("weather", enforce_rates="off")
        await declare_in_turn(slack, 1, name="past")
        channel = str(product.engine.query("SELECT channel_id FROM slackbot_commschannel")[0][0])
        user = CAST[0]
        for text in ("@incident severity major", "@incident lead me", "It is the new certificate."):
            said = await slack.act("message.send", user, channel=channel, text=text)
        await slack.act("pin.add", user, channel=channel, ts=said["ts"])
        await slack.act("message.send", user, channel=channel, text="@incident close")
        await slack.control("settle", timeout=10)
    product.rest()


async def measure_once(product: Product, requests: dict[str, Make], medians: Medians, *, quick: bool) -> None:
    async with workspace(product.sandbox_url) as slack:
        await slack.control("weather", enforce_rates="off")
        declared = await declare_in_turn(slack, 1 if quick else DECLARED, name="grown")
    medians.note("declare: headline", [one.seconds(one.headline_at) for one in declared])
    medians.note("declare: usable channel", [one.seconds(one.usable_at) for one in declared])
    product.rest()
    for kind in ACKNOWLEDGED:
        await flat_out(product.port, requests[kind], connections=CONNECTIONS, seconds=5, prepared=4 * CONNECTIONS)
        product.rest()
        count = 10 if quick else round(RATE * SECONDS)
        outcome = await at_rate(product.port, [requests[kind]() for _ in range(count)], per_second=RATE)
        if outcome.failed:
            raise AssertionError(f"{kind}: {outcome.failed} of {count} were not acknowledged")
        medians.note(f"acknowledge: {kind}", outcome.seconds)
        product.rest()


def measure(engines: Sequence[str], folder: Path, *, quick: bool) -> None:
    sizes = (5, 50) if quick else SIZES
    rows = []
    for name in engines:
        if name not in (SQLITE, POSTGRES_REDIS):
            continue
        with engine(name, folder) as original, ExitStack() as stack:
            with running(original) as product:
                asyncio.run(live_through_one(product))
            places = {size: stack.enter_context(copy_of(original, folder)) for size in sizes}
            for size, place in places.items():
                _fill(place, size)
            rows += _compare(name, places, quick=quick)
    columns = ("engine", "what", *(f"{size:,} incidents" for size in sizes), f"{sizes[-1]:,} beside {sizes[0]:,}")
    show(f"With a long history, medians of {1 if quick else ROUNDS} rounds", columns, rows)


def _fill(place: Engine, size: int) -> None:
    began = time.monotonic()
    written = fill(place, incidents=size)
    print(
        f"{place.name}: {size:,} incidents are {written:,} rows, written in {time.monotonic() - began:.0f} s",
        flush=True,
    )


def _compare(name: str, places: dict[int, Engine], *, quick: bool) -> list[list[str]]:
    """Visit the sizes in turn, again and again: whatever else the machine does disturbs all of them."""
    found = {size: Medians() for size in places}
    visits = list(places.items())
    for number in range(1 if quick else ROUNDS):
        turn = number % len(visits)  # each comes first once: a machine that warms up, or tires, favours none
        for size, place in visits[turn:] + visits[:turn]:
            with with_incidents(place, count=1 if quick else WARM) as product:
                asyncio.run(measure_once(product, requests_of(product), found[size], quick=quick))
    first, *_, last = found.values()
    return [
        [
            name,
            what,
            *(f"{1000 * percentile(medians.of[what], 50):.1f} ms" for medians in found.values()),
            ratio(last.of[what], first.of[what]),
        ]
        for what in first.of
    ]
