"""How long until people can work: from submitting the form to the headline, and to a channel in which all is ready."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bench.engines import POSTGRES_REDIS, SQLITE, engine
from bench.figures import SAMPLES, milliseconds, percentile, show
from bench.product import running
from bench.workspace import CAST, GENERAL, INCIDENTS, Call, Refused, Workspace, workspace

INCIDENTS_DECLARED: Final = 50
AT_ONCE: Final = 20
TRIES: Final = 3
LATENCIES: Final = (0, 100)
RATES: Final = {"tiers": "per method", "all": "and per channel"}
PATIENCE: Final = 30.0
PATIENCE_WHEN_LIMITED: Final = 240.0

# What makes a channel usable, by the call that does it.
FURNITURE: Final = {
    "conversations.invite": "reporter invited",
    "conversations.setTopic": "topic",
    "bookmarks.add": "bookmark",
    "chat.postMessage": "welcome",
}


@dataclass
class Declaration:
    """One incident on its way. All times are Unix seconds."""

    title: str
    user: str
    calls: list[Call]  # everything that Slack hears, growing
    began_at: float = 0.0
    acknowledged_at: float = 0.0
    since: int = field(default=0)

    @property
    def mark(self) -> str:
        return self.title.split()[0]

    def _heard(self, method: str) -> Iterator[Call]:
        return (call for call in self.calls[self.since :] if call.method == method and call.ok)

    @property
    def first_call_at(self) -> float | None:
        return next((call.at for call in self.calls[self.since :] if call.at >= self.began_at), None)

    @property
    def headline_at(self) -> float | None:
        posts = (call for call in self._heard("chat.postMessage") if call.args["channel"] == INCIDENTS)
        return next((call.at for call in posts if self.title in str(call.args)), None)

    @property
    def usable_at(self) -> float | None:
        """When the last piece of furniture stood in the channel; None while one is missing."""
        channel = self._channel()
        if not channel:
            return None
        times = [
            next((call.at for call in self._heard(method) if _place(call) == channel), None) for method in FURNITURE
        ]
        known = [at for at in times if at is not None]
        return max(known) if len(known) == len(times) else None

    def _channel(self) -> str:
        for call in self._heard("conversations.create"):
            if re.search(rf"\b{self.mark}\b", call.args["name"]):
                return str(call.answer["channel"]["id"])
        return ""

    @property
    def is_complete(self) -> bool:
        return self.headline_at is not None and self.usable_at is not None

    def seconds(self, at: float | None) -> float:
        """Return how long after the submission that was."""
        if at is None:
            raise AssertionError(f"{self.title}: it never happened")
        return at - self.began_at


def _place(call: Call) -> str:
    return str(call.args.get("channel") or call.args.get("channel_id"))


async def declare(slack: Workspace, title: str, *, user: str = CAST[0]) -> Declaration:
    """Type the command, submit the form, and return as soon as Slack has the acknowledgement."""
    declaration = Declaration(title, user, slack.calls)
    await slack.act("message.send", user, channel=GENERAL, text=f"/incident {title}")
    views = (await slack.look("views", user=user))["views"]
    declaration.since = len(slack.calls)
    declaration.began_at = time.time()
    await slack.act("view.submit", user, view_id=views[-1]["id"], values={})
    declaration.acknowledged_at = time.time()
    return declaration


async def declare_stubbornly(slack: Workspace, title: str, *, user: str, refusals: list[str]) -> Declaration:
    """Declare, and when Slack shows that it did not work, note its words and try again, as people do."""
    for _ in range(TRIES):
        try:
            return await declare(slack, title, user=user)
        except Refused as refusal:
            refusals.append(str(refusal))
    raise AssertionError(f"{title}: refused {TRIES} times: {refusals}")


async def declare_in_turn(slack: Workspace, count: int, *, name: str = "turn") -> list[Declaration]:
    """Declare one after the other, each when the one before it is complete."""
    declared = []
    for number in range(count):
        one = await declare(slack, f"{name}{number:05} Checkout returns 500s")
        await slack.until(lambda one=one: one.is_complete, seconds=PATIENCE)  # type: ignore[misc]
        declared.append(one)
    return declared


async def declare_all(url: str, count: int) -> None:
    """Declare so many in the sandbox at `url`, as fast as it goes."""
    async with workspace(url) as slack:
        await slack.control("faults", enforce_rates="off")
        await declare_in_turn(slack, count)


COLUMNS: Final = ("engine", "Slack's latency", "from submit to", *SAMPLES)


def report(engine_name: str, latency: int, declared: Sequence[Declaration]) -> list[list[str]]:
    times = {
        "acknowledgement": [one.seconds(one.acknowledged_at) for one in declared],
        "first call to Slack": [one.seconds(one.first_call_at) for one in declared],
        "that call, beyond the acknowledgement": [
            one.seconds(one.first_call_at) - one.seconds(one.acknowledged_at) for one in declared
        ],
        "headline": [one.seconds(one.headline_at) for one in declared],
        "usable channel": [one.seconds(one.usable_at) for one in declared],
    }
    return [[engine_name, f"{latency} ms", what, *milliseconds(seconds)] for what, seconds in times.items()]


async def _measure_in_turn(url: str, name: str, count: int) -> list[list[str]]:
    rows = []
    async with workspace(url) as slack:
        await declare_in_turn(slack, 2, name="warm")
        for latency in LATENCIES:
            await slack.control("faults", enforce_rates="off", latency_ms=latency)
            rows += report(name, latency, await declare_in_turn(slack, count, name=f"late{latency}x"))
    return rows


async def _measure_at_once(url: str, name: str, count: int, *, rates: str) -> list[str]:
    """Declare by so many people at once, under Slack's rate limits."""
    async with workspace(url) as slack:
        people = [*CAST]
        while len(people) < count:
            guest = f"guest{len(people)}"
            people.append((await slack.control("people", name=guest, real_name=guest.title()))["user"]["id"])
        await slack.control("faults", enforce_rates=rates)
        refusals: list[str] = []
        began = time.time()
        declared = await asyncio.gather(
            *(
                declare_stubbornly(slack, f"once{number:05} Everything is down", user=user, refusals=refusals)
                for number, user in enumerate(people)
            )
        )
        await slack.until(lambda: all(one.is_complete for one in declared), seconds=PATIENCE_WHEN_LIMITED)
        headlines = [(one.headline_at or 0) - began for one in declared]
        usable = [(one.usable_at or 0) - began for one in declared]
        since = [call for call in slack.calls if call.at >= began]
        limited = [call for call in since if call.was_limited]
        return [
            name,
            RATES[rates],
            str(count),
            f"{percentile(headlines, 50):.1f} / {max(headlines):.1f} s",
            f"{percentile(usable, 50):.1f} / {max(usable):.1f} s",
            str(len(since)),
            str(len(limited)),
            ", ".join(sorted({call.method for call in limited})) or "none",
            "; ".join(refusals) or "none",
        ]


def measure(engines: Sequence[str], folder: Path, *, quick: bool) -> None:
    in_turn, at_once = [], []
    for name in engines:
        if name not in (SQLITE, POSTGRES_REDIS):
            continue
        with engine(name, folder) as place, running(place) as product:
            in_turn += asyncio.run(_measure_in_turn(product.sandbox_url, name, 2 if quick else INCIDENTS_DECLARED))
        for rates in RATES:
            with engine(name, folder) as place, running(place) as product:
                count = 3 if quick else AT_ONCE
                at_once.append(asyncio.run(_measure_at_once(product.sandbox_url, name, count, rates=rates)))
    show("Declaring, one incident after the other (rate limits off)", COLUMNS, in_turn)
    show(
        "Declaring, all at once (Slack's rate limits on)",
        (
            "engine",
            "limits",
            "incidents",
            "headline p50 / last",
            "usable p50 / last",
            "calls",
            "limited",
            "methods limited",
            "refused",
        ),
        at_once,
    )
