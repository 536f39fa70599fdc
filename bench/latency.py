"""How long people wait: the form, the headline, a command's effect, a page; and how many calls an incident costs.

Two checkouts take turns, on PostgreSQL and Redis, against a Slack in this process that answers at once. Everything is
done one after the other on an otherwise idle computer. Beside them, a bare Bolt app acknowledges the same command.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from aiohttp import ClientSession, web

from bench import slack
from bench.ack import bare
from bench.engines import POSTGRES_REDIS, engine
from bench.figures import percentile, ratio, show
from bench.instant_slack import INCIDENTS, answer
from bench.load import Connection
from bench.mentions import Site
from bench.product import free_ports, wait_until

ROUNDS: Final = 3
COUNT: Final = 20  # of each kind in a round
QUICK_COUNT: Final = 4
PATIENCE: Final = 10.0  # seconds
PAUSE: Final = 0.15  # seconds between two, so that nothing of the one before is still going on
FORM: Final = "/incident → form"
HEADLINE: Final = "form submitted → headline"
EFFECT: Final = "mention → headline"
PAGE: Final = "incident page"
BARE: Final = "bare Bolt app acknowledges"
SIGN_IN: Final = """
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model
from django.contrib.sessions.backends.db import SessionStore
user = get_user_model().objects.create_superuser("bench", "bench@example.com", "a long password for the bench")
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
session.save()
"""


@dataclass(frozen=True)
class Call:
    at: float
    method: str
    args: Mapping[str, Any]

    @property
    def text(self) -> str:
        return json.dumps(self.args, ensure_ascii=False)


@dataclass
class Slack:
    """A Slack that answers at once and notes each call."""

    calls: list[Call] = field(default_factory=list)

    async def serve(self, request: web.Request) -> web.Response:
        at, method = time.monotonic(), request.match_info["method"]
        is_json = request.content_type == "application/json"
        sent = json.loads(await request.text() or "{}") if is_json else dict(await request.post())
        self.calls.append(Call(at, method, sent))
        words = {key: value for key, value in sent.items() if isinstance(value, str)}
        return web.json_response({"ok": True, **answer(method, words)})

    async def until(self, method: str, is_it: Callable[[Call], bool], *, since: int) -> Call:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            for call in itertools.islice(self.calls, since, None):
                if call.method == method and is_it(call):
                    return call
            await asyncio.sleep(0.0005)
        raise TimeoutError(f"Slack waited {PATIENCE:.0f} s for {method}")


@asynccontextmanager
async def listening(port: int) -> AsyncIterator[Slack]:
    there = Slack()
    app = web.Application()
    app.router.add_route("*", "/api/{method}", there.serve)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield there
    finally:
        await runner.cleanup()


@dataclass
class Journey:
    """One checkout at work, and what was measured of it."""

    site: Site
    there: Slack
    cookie: str
    seconds: dict[str, list[float]] = field(default_factory=dict)

    async def run(self, name: str) -> None:
        connection = Connection(self.site.port)
        try:
            view = await self.open_form(connection)
            number, channel = await self.declare(connection, view, f"{name} Checkout returns 500s")
            for severity in ("minor", "major"):
                await asyncio.sleep(PAUSE)
                await self.set_severity(connection, channel, severity)
            await asyncio.sleep(PAUSE)
            await self.read_page(number)
        finally:
            connection.close()

    async def open_form(self, connection: Connection) -> Mapping[str, Any]:
        since, began = len(self.there.calls), time.monotonic()
        asked = asyncio.create_task(connection.ask(slack.command("", channel="C0GENERAL", user="U0ADA")))
        opened = await self.there.until("views.open", lambda call: True, since=since)
        self.note(FORM, opened.at - began)
        await asked
        view = opened.args["view"]
        return dict(json.loads(view) if isinstance(view, str) else view)

    async def declare(self, connection: Connection, view: Mapping[str, Any], title: str) -> tuple[int, str]:
        since = len(self.there.calls)
        request = slack.submission(view, {"title": title}, user="U0ADA")
        began = time.monotonic()
        asked = asyncio.create_task(connection.ask(request))
        said = await self.there.until(
            "chat.postMessage",
            lambda call: call.args["channel"] == INCIDENTS["id"] and title in call.text,
            since=since,
        )
        self.note(HEADLINE, said.at - began)
        if await asked != 200:
            raise AssertionError("The form was not taken")
        await self.there.until("bookmarks.add", lambda call: True, since=since)
        await self.rest()
        ((number, channel),) = self.site.place.query(
            "SELECT number, channel_id FROM slackbot_commschannel c JOIN incidents_incident i ON i.id = c.incident_id"
            " ORDER BY i.id DESC LIMIT 1"
        )
        return int(number), str(channel)

    async def set_severity(self, connection: Connection, channel: str, severity: str) -> None:
        request = slack.mention(f"<@U0BOT> severity {severity}", channel=channel, user="U0ADA")
        since, began = len(self.there.calls), time.monotonic()
        asked = asyncio.create_task(connection.ask(request))
        drawn = await self.there.until(
            "chat.update",
            lambda call: call.args["channel"] == INCIDENTS["id"] and severity.title() in call.text,
            since=since,
        )
        self.note(EFFECT, drawn.at - began)
        await asked
        await self.rest()

    async def read_page(self, number: int) -> None:
        url = f"http://127.0.0.1:{self.site.port}/incidents/{number}/"
        async with ClientSession(cookies={"response_session": self.cookie}) as session:
            await session.get(url)
            began = time.monotonic()
            async with session.get(url, allow_redirects=False) as page:
                await page.read()
                if page.status != 200:
                    raise AssertionError(f"{url} answered {page.status}")
        self.note(PAGE, time.monotonic() - began)

    def note(self, what: str, seconds: float) -> None:
        self.seconds.setdefault(what, []).append(seconds)

    async def rest(self) -> None:
        rows = "SELECT (SELECT count(*) FROM slackbot_inboxentry WHERE is_open)"
        rows += " + (SELECT count(*) FROM slackbot_outboxentry WHERE is_open AND not_before IS NULL)"
        deadline = time.monotonic() + PATIENCE
        while int(self.site.place.query(rows)[0][0]) and time.monotonic() < deadline:
            await asyncio.sleep(0.02)


async def _acknowledged(port: int, count: int) -> list[float]:
    connection, seconds = Connection(port), []
    try:
        for _ in range(count):
            request = slack.command("", channel="C0GENERAL", user="U0ADA")
            began = time.monotonic()
            await connection.ask(request)
            seconds.append(time.monotonic() - began)
            await asyncio.sleep(PAUSE / 10)
    finally:
        connection.close()
    return seconds


def _knows_people(site: Site) -> bool:
    return bool(site.place.query("SELECT 1 FROM slackbot_slackuser"))


async def _turn(site: Site, *, count: int, bare_port: int) -> tuple[dict[str, list[float]], int]:
    """Return the times of one turn, and how many calls one incident took."""
    async with listening(site.slack_port) as there:
        with ExitStack() as stack:
            stack.enter_context(site.web())
            stack.enter_context(site.workers())
            await asyncio.to_thread(
                wait_until, lambda: _knows_people(site), what="the product to know people", every=0.1
            )
            await asyncio.sleep(2.0)  # the last processes are still starting
            cookie = str(site.place.query("SELECT session_key FROM django_session")[0][0])
            warm = Journey(site, there, cookie)
            for number in range(2):
                await warm.run(f"warm{number}")
            journey, before = Journey(site, there, cookie), len(there.calls)
            for number in range(count):
                await journey.run(f"turn{number}")
            calls = (len(there.calls) - before) // count
    journey.seconds[BARE] = await _acknowledged(bare_port, 2 * count)
    return journey.seconds, calls


def measure(folder: Path, *, trees: Mapping[str, Path], quick: bool) -> None:
    rounds, count = (1, QUICK_COUNT) if quick else (ROUNDS, COUNT)
    found: dict[tuple[str, str], list[float]] = {}
    calls: dict[str, int] = {}
    with ExitStack() as stack:
        sites = {}
        for name, tree in trees.items():
            place = stack.enter_context(engine(POSTGRES_REDIS, folder))
            sites[name] = Site(tree, place, *free_ports(), folder)
            sites[name].manage("migrate", "-v", "0")
            sites[name].manage("shell", "-c", SIGN_IN)
            bare_port = stack.enter_context(bare(place))
        for number in range(rounds):
            for name in sites if number % 2 == 0 else reversed(sites):
                seconds, calls[name] = asyncio.run(_turn(sites[name], count=count, bare_port=bare_port))
                for what, times in seconds.items():
                    found.setdefault((name, what), []).append(1000 * percentile(times, 50))
    first, last = next(iter(trees)), list(trees)[-1]
    rows: list[Sequence[str]] = [
        [
            what,
            *(f"{percentile(found[name, what], 50):.1f} ms" for name in trees),
            ratio(found[last, what], found[first, what]),
        ]
        for what in (FORM, HEADLINE, EFFECT, PAGE, BARE)
    ]
    rows.append(["calls of one incident", *(str(calls[name]) for name in trees), f"{calls[last] / calls[first]:.2f}x"])
    show(f"Medians of {rounds} rounds of {count}, PostgreSQL + Redis", ("what", *trees, "beside before"), rows)
