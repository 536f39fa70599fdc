"""How long Slack waits for its 200, beside a bare Bolt app under the same server settings that does nothing at all.

Ours and theirs take turns, so that a noisy machine disturbs both, and each ratio is between neighbours.
"""

from __future__ import annotations

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from bench import slack
from bench.commits import commits_per_second
from bench.declare import declare_all
from bench.engines import POSTGRES_REDIS, SQLITE, Engine, engine
from bench.figures import percentile, ratio, show
from bench.load import Connection, Outcome, at_rate, flat_out
from bench.product import PATIENCE, ROOT, Product, free_ports, inherited, running, wait_until

RATE: Final = 50.0
RARE: Final = 5.0  # of what people do now and then, and what makes work for Slack and for us afterwards
HELD: Final = 0.7  # of the highest rate
CONNECTIONS: Final = 16
CHANNELS: Final = 10

Make = Callable[[], bytes]

MESSAGE: Final = "message in an incident's channel"
ELSEWHERE: Final = "message that concerns nobody"
COMMAND: Final = "slash command"
LINK: Final = "click on a link"
CHANGE: Final = "click that changes something"


@dataclass(frozen=True)
class Effort:
    """How much is measured."""

    rounds: int
    seconds: float  # of each turn
    prepared: int  # requests for a turn at full speed, more than anybody can answer

    @classmethod
    def of(cls, *, quick: bool) -> Effort:
        return cls(1, 0.4, 400) if quick else cls(3, 3.0, 9_000)


@dataclass
class Turns:
    """What one kind of request took, ours and theirs, turn by turn."""

    ours: list[Outcome] = field(default_factory=list)
    theirs: list[Outcome] = field(default_factory=list)
    drained: list[float] = field(default_factory=list)  # seconds until our workers were through, after each turn

    def add(self, more: Turns) -> None:
        self.ours += more.ours
        self.theirs += more.theirs
        self.drained += more.drained

    def cells_at_rate(self) -> list[str]:
        cells = []
        for percent in (50, 99):
            ours, theirs = (
                [1000 * percentile(each.seconds, percent) for each in outcomes] for outcomes in (self.ours, self.theirs)
            )
            cells += [f"{percentile(ours, 50):.1f} ms", f"{percentile(theirs, 50):.1f} ms", ratio(ours, theirs)]
        return [*cells, str(sum(each.failed for each in self.ours))]

    def held_by_both(self) -> float:
        """Return the rate a second that leaves the slower of the two some air: at its very limit times have no end."""
        return HELD * min(percentile([each.rate for each in outcomes], 50) for outcomes in (self.ours, self.theirs))

    def cells_flat_out(self) -> list[str]:
        ours, theirs = ([each.rate for each in outcomes] for outcomes in (self.ours, self.theirs))
        late = [1000 * percentile(each.seconds, 99) for each in self.ours]
        worked = [len(each.seconds) / (each.lasted + more) for each, more in zip(self.ours, self.drained, strict=True)]
        return [
            f"{percentile(ours, 50):.0f}/s",
            f"{percentile(theirs, 50):.0f}/s",
            ratio(ours, theirs),
            f"{percentile(late, 50):.0f} ms",
            f"{percentile(worked, 50):.0f}/s",
            str(sum(each.failed for each in self.ours)),
        ]


def requests_of(product: Product) -> dict[str, Make]:
    """Return how to make each kind of request, about incidents that the product has."""
    rows = product.engine.query(
        "SELECT channel_id, number FROM slackbot_commschannel c JOIN incidents_incident i ON i.id = c.incident_id"
        f" ORDER BY number DESC LIMIT {CHANNELS}"
    )
    channels = itertools.cycle(rows)

    def click(action: str) -> bytes:
        channel, number = next(channels)
        url = f"{product.sandbox_url}/commands/bench"
        return slack.click(action, block=f"incident-{number}", channel=channel, response_url=url)

    return {
        MESSAGE: lambda: slack.message(next(channels)[0]),
        ELSEWHERE: lambda: slack.message("C0RANDOM"),
        COMMAND: lambda: slack.command("help", channel=next(channels)[0]),
        LINK: lambda: click("open-document"),
        CHANGE: lambda: click("quiet-reminders"),
    }


async def warm_up(product: Product, bare_port: int, make: Make) -> None:
    """Let every thread have its connection to the database."""
    for port in (product.port, bare_port):
        await flat_out(port, make, connections=CONNECTIONS, seconds=10, prepared=8 * CONNECTIONS)
    product.rest()


async def take_turns_at_rate(
    product: Product, bare_port: int, make: Make, effort: Effort, *, per_second: float
) -> Turns:
    turns = Turns()
    for _ in range(effort.rounds):
        for port, outcomes in ((product.port, turns.ours), (bare_port, turns.theirs)):
            requests = [make() for _ in range(round(per_second * effort.seconds))]
            outcomes.append(await at_rate(port, requests, per_second=per_second))
            product.rest()
    return turns


async def take_turns_flat_out(product: Product, bare_port: int, make: Make, effort: Effort) -> Turns:
    turns = Turns()
    for _ in range(effort.rounds):
        for port, outcomes in ((product.port, turns.ours), (bare_port, turns.theirs)):
            outcomes.append(
                await flat_out(port, make, connections=CONNECTIONS, seconds=effort.seconds, prepared=effort.prepared)
            )
            drained = product.rest()
            if outcomes is turns.ours:
                turns.drained.append(drained)
    return turns


@contextmanager
def bare(place: Engine) -> Iterator[int]:
    """Serve the yardstick with the product's own gunicorn settings; yield its port."""
    port, _ = free_ports()
    command = [
        *(sys.executable, "-m", "gunicorn", "--config", "response/gunicorn_conf.py"),
        *("--bind", f"127.0.0.1:{port}", "bench.bare_bolt:application"),
    ]
    environment = {
        **inherited(),
        **place.environment,
        "LOG_LEVEL": "WARNING",
        "SLACK_SIGNING_SECRET": slack.SIGNING_SECRET,
    }
    with subprocess.Popen(command, cwd=ROOT, env=environment) as server:
        try:
            wait_until(lambda: asyncio.run(_acknowledges(port)), what="the bare app to answer", every=0.1)
            yield port
        finally:
            server.terminate()
            server.wait(PATIENCE)


async def _acknowledges(port: int) -> bool:
    connection = Connection(port)
    try:
        return await connection.ask(slack.message("C0RANDOM")) == 200
    except OSError:
        return False
    finally:
        connection.close()


@contextmanager
def with_incidents(place: Engine, *, count: int, tree: Path = ROOT) -> Iterator[Product]:
    """Run the product, with incidents that have just been declared."""
    with running(place, tree=tree) as product:
        asyncio.run(declare_all(product.sandbox_url, count))
        product.rest()
        yield product


def measure(engines: Sequence[str], folder: Path, *, quick: bool) -> None:
    effort = Effort.of(quick=quick)
    steady, full, limits = [], [], []
    for name in engines:
        if name not in (SQLITE, POSTGRES_REDIS):
            continue
        with (
            engine(name, folder) as place,
            with_incidents(place, count=2 if quick else CHANNELS) as product,
            bare(place) as bare_port,
        ):
            for kind, make in requests_of(product).items():
                asyncio.run(warm_up(product, bare_port, make))
                rate = RARE if kind == CHANGE else RATE
                turns = asyncio.run(take_turns_at_rate(product, bare_port, make, effort, per_second=rate))
                steady.append([name, kind, f"{rate:.0f}/s", *turns.cells_at_rate()])
            for kind, make in requests_of(product).items():
                if kind == CHANGE:
                    continue
                turns = asyncio.run(take_turns_flat_out(product, bare_port, make, effort))
                full.append([name, kind, *turns.cells_flat_out()])
                if kind == MESSAGE:
                    rate = turns.held_by_both()
                    turns = asyncio.run(take_turns_at_rate(product, bare_port, make, effort, per_second=rate))
                    steady.append([name, kind, f"{rate:.0f}/s", *turns.cells_at_rate()])
            for writers in (1, CONNECTIONS):
                rate = commits_per_second(place, writers=writers, seconds=effort.seconds)
                limits.append([name, str(writers), f"{rate:.0f}/s"])
    show(
        f"Acknowledgement at a steady rate, {effort.rounds} turns of {effort.seconds:g} s each",
        ("engine", "request", "rate", "p50", "bare p50", "ratio", "p99", "bare p99", "ratio", "failed"),
        steady,
    )
    show(
        f"As fast as {CONNECTIONS} connections go, {effort.rounds} turns of {effort.seconds:g} s each",
        ("engine", "request", "acknowledged", "bare", "ratio", "p99", "worked off", "failed"),
        full,
    )
    show("The limit: one-row transactions of the database alone", ("engine", "writers", "commits"), limits)


def compare(folder: Path, *, trees: Mapping[str, Path], quick: bool) -> None:
    """Run each checkout in turns, each beside the bare app: a command at a steady rate, and messages flat out."""
    effort = Effort(1, 5.0, 4_000) if quick else Effort(3, 10.0, 20_000)
    steady: dict[str, Turns] = {name: Turns() for name in trees}
    full: dict[str, Turns] = {name: Turns() for name in trees}
    one_turn = replace(effort, rounds=1)
    for number in range(effort.rounds):
        order = list(trees) if number % 2 == 0 else list(reversed(trees))
        for name in order:
            with (
                engine(POSTGRES_REDIS, folder) as place,
                with_incidents(place, count=2 if quick else CHANNELS, tree=trees[name]) as product,
                bare(place) as bare_port,
            ):
                make = requests_of(product)
                asyncio.run(warm_up(product, bare_port, make[COMMAND]))
                turns = take_turns_at_rate(product, bare_port, make[COMMAND], one_turn, per_second=RATE)
                steady[name].add(asyncio.run(turns))
                asyncio.run(warm_up(product, bare_port, make[MESSAGE]))
                full[name].add(asyncio.run(take_turns_flat_out(product, bare_port, make[MESSAGE], one_turn)))
    show(
        f"/incident help at {RATE:.0f}/s, {effort.rounds} turns of {effort.seconds:g} s each",
        ("checkout", "p50", "bare p50", "ratio", "p99", "bare p99", "ratio", "failed"),
        [[name, *turns.cells_at_rate()] for name, turns in steady.items()],
    )
    show(
        f"Messages as fast as {CONNECTIONS} connections go, {effort.rounds} turns of {effort.seconds:g} s each",
        ("checkout", "acknowledged", "bare", "ratio", "p99", "worked off", "failed"),
        [[name, *turns.cells_flat_out()] for name, turns in full.items()],
    )
