"""What a long history costs: the same measurements with few, many and very many incidents in the database.

All of them run at the same time and are visited in turns, so that whatever else the machine does disturbs all alike.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Final
from urllib.parse import urlencode
from urllib.request import HTTPCookieProcessor, OpenerDirector, build_opener

from bench.ack import ELSEWHERE, MESSAGE, Make, requests_of
from bench.declare import declare_in_turn
from bench.engines import POSTGRES, SQLITE, Engine, copy_of, engine
from bench.figures import percentile, ratio, show
from bench.fill import add_reminders, fill
from bench.load import at_rate, flat_out
from bench.product import Product, running
from bench.workspace import CAST, workspace

ROUNDS: Final = 15  # short ones: what else the machine does changes slowly
DECLARED: Final = 2  # in each round
REQUESTS: Final = 8
RATE: Final = 40.0
READ: Final = 2
WARM: Final = 3
CONNECTIONS: Final = 4
NOTE: Final = "@incident note It is the *new certificate* of `web-3`: see https://ci.example/7. We look again at ten."
ACKNOWLEDGED: Final = (MESSAGE, ELSEWHERE)
PAGES: Final = {"list": "/", "document": "/incidents/2/", "open incidents": "/?state=open"}


@dataclass(frozen=True)
class Past:
    """How much there is. The reminders are open and due tomorrow."""

    incidents: int
    reminders: int = 0

    def __str__(self) -> str:
        return f"{self.incidents:,} incidents" + (f", {self.reminders:,} reminders" if self.reminders else "")


FIRST: Final = Past(100)
PASTS: Final = (FIRST, Past(10_000), Past(100_000), Past(10_000, reminders=10_000))
QUICK: Final = (Past(5), Past(50, reminders=50))


@dataclass
class Visited:
    """A product with a past, and the median of each round, in seconds, by what was measured."""

    product: Product
    pages: OpenerDirector
    requests: dict[str, Make] = field(default_factory=dict)
    medians: dict[str, list[float]] = field(default_factory=dict)

    def note(self, what: str, seconds: Sequence[float]) -> None:
        self.medians.setdefault(what, []).append(percentile(seconds, 50))


async def live_through_one(product: Product) -> None:
    """Declare an incident, work on it, and resolve it: what the history consists of."""
    async with workspace(product.sandbox_url) as slack:
        await slack.control("faults", enforce_rates="off")
        await declare_in_turn(slack, 1, name="past")
        channel = str(product.engine.query("SELECT channel_id FROM slackbot_commschannel")[0][0])
        user = CAST[0]
        for text in ("@incident severity major", "@incident lead me", NOTE, "It is the new certificate."):
            said = await slack.act("message.send", user, channel=channel, text=text)
        await slack.act("pin.add", user, channel=channel, ts=said["ts"])
        await slack.act("message.send", user, channel=channel, text="@incident resolve")
        await slack.control("settle", timeout=10)
    product.rest()


def measure(engines: Sequence[str], folder: Path, *, quick: bool) -> None:
    pasts = QUICK if quick else PASTS
    rows = []
    for name in engines:
        if name not in (SQLITE, POSTGRES):
            continue
        with _visiting(name, folder, pasts) as visited:
            _take_turns(list(visited.values()), quick=quick)
        rows += _compared(name, visited)
    columns = ("engine", "what", str(pasts[0]), *(cell for past in pasts[1:] for cell in (str(past), "ratio")))
    show(f"With a long history, medians of {1 if quick else ROUNDS} rounds", columns, rows)


@contextmanager
def _visiting(name: str, folder: Path, pasts: Sequence[Past]) -> Iterator[dict[Past, Visited]]:
    with engine(name, folder) as original, ExitStack() as stack:
        with running(original) as product:
            asyncio.run(live_through_one(product))
        places = {past: stack.enter_context(copy_of(original, folder)) for past in pasts}
        for past, place in places.items():
            _fill(place, past)
        # One web process each: a server takes a hundred connections, and several products are there at once.
        products = {past: stack.enter_context(running(place, WEB_CONCURRENCY="1")) for past, place in places.items()}
        yield {past: Visited(product, signed_in(product)) for past, product in products.items()}


def _fill(place: Engine, past: Past) -> None:
    began = time.monotonic()
    written = fill(place, incidents=past.incidents) + add_reminders(place, count=past.reminders)
    print(f"{place.name}: {past} are {written:,} rows, written in {time.monotonic() - began:.0f} s", flush=True)


def signed_in(product: Product) -> OpenerDirector:
    opener = build_opener(HTTPCookieProcessor(CookieJar()))
    form = opener.open(f"{product.url}/login/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form)
    person = re.search(r'action="(/login/as/\d+/)"', form)
    if token is None or person is None:
        raise AssertionError("The page to sign in at looks different now")
    opener.open(f"{product.url}{person[1]}", urlencode({"csrfmiddlewaretoken": token[1]}).encode()).close()
    return opener


def _take_turns(visited: Sequence[Visited], *, quick: bool) -> None:
    for each in visited:
        asyncio.run(_warm_up(each))
    for number in range(1 if quick else ROUNDS):
        turn = number % len(visited)  # each comes first now and then: a machine that warms up, or tires, favours none
        for each in [*visited[turn:], *visited[:turn]]:
            asyncio.run(_declare(each, count=1 if quick else DECLARED))
            asyncio.run(_acknowledge(each))
            _read(each)


async def _warm_up(visited: Visited) -> None:
    async with workspace(visited.product.sandbox_url) as slack:
        await slack.control("faults", enforce_rates="off")
        await declare_in_turn(slack, WARM, name="warm")
    visited.product.rest()
    visited.requests.update(requests_of(visited.product))
    for kind in ACKNOWLEDGED:
        make = visited.requests[kind]
        await flat_out(visited.product.port, make, connections=CONNECTIONS, seconds=5, prepared=8 * CONNECTIONS)
    visited.product.rest()


async def _declare(visited: Visited, *, count: int) -> None:
    before = _processor_seconds(visited.product)
    async with workspace(visited.product.sandbox_url) as slack:
        declared = await declare_in_turn(slack, count, name="grown")
    visited.product.rest()
    visited.note("declare: processor time", [(_processor_seconds(visited.product) - before) / count])
    visited.note("declare: acknowledged", [one.seconds(one.acknowledged_at) for one in declared])
    visited.note("declare: headline", [one.seconds(one.headline_at) for one in declared])
    visited.note("declare: usable channel", [one.seconds(one.usable_at) for one in declared])


def _processor_seconds(product: Product) -> float:
    """What web and workers have used so far; not the sandbox, nor PostgreSQL."""
    parts = product.processes()
    used = [each.cpu_times() for part, processes in parts.items() if part != "sandbox" for each in processes]
    return sum(times.user + times.system for times in used)


async def _acknowledge(visited: Visited) -> None:
    for kind in ACKNOWLEDGED:
        requests = [visited.requests[kind]() for _ in range(REQUESTS)]
        outcome = await at_rate(visited.product.port, requests, per_second=RATE)
        if outcome.failed:
            raise AssertionError(f"{kind}: {outcome.failed} of {REQUESTS} were not acknowledged")
        visited.note(f"acknowledge: {kind}", outcome.seconds)
        visited.product.rest()


def _read(visited: Visited) -> None:
    for name, path in PAGES.items():
        seconds = []
        for _ in range(READ):
            began = time.perf_counter()
            visited.pages.open(f"{visited.product.url}{path}").read()
            seconds.append(time.perf_counter() - began)
        visited.note(f"page: {name}", seconds)


def _compared(name: str, visited: dict[Past, Visited]) -> list[list[str]]:
    """Compare all with the first, and what has reminders with what has none."""
    first, *others = visited
    rows = []
    for what, medians in visited[first].medians.items():
        cells = [_milliseconds(medians)]
        for past in others:
            without = Past(past.incidents) if Past(past.incidents) in visited else first
            beside = visited[without if past.reminders else first].medians[what]
            cells += [_milliseconds(visited[past].medians[what]), ratio(visited[past].medians[what], beside)]
        rows.append([name, what, *cells])
    return rows


def _milliseconds(medians: Sequence[float]) -> str:
    return f"{1000 * percentile(medians, 50):.1f} ms"
