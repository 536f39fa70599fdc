"""How many commands in channels, and messages, the workers complete a second, with few rows waiting and with very many.

Two checkouts take turns. Each command changes an incident's severity: Slack gets a check mark, and a new headline, and
answers at once. The rows are put into the queue while nothing runs: they are copies of rows that the checkout's own web
process stored. Then the workers start. The time counts from when all are warm to the last row, Slack's calls
included.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench import slack
from bench.engines import POSTGRES_REDIS, Engine, empty_redis, engine
from bench.figures import percentile, ratio, show
from bench.load import Connection
from bench.product import PATIENCE, ROOT, answers, free_ports, inherited, wait_until

CHANNELS: Final = 10
FOR: Final = 20.0  # seconds that a turn is measured at most
ROUNDS: Final = 3
QUICK_ROUNDS: Final = 1
QUICK_FOR: Final = 6.0
SHORT: Final = 400
WARM_UP: Final = 40  # rows that are not counted: the last processes are still starting
LATENCY: Final = 100  # milliseconds of a slow Slack
MENTION: Final = "mention"
MESSAGE: Final = "message"
DECLARE: Final = """
from django.utils import timezone
from incidents import services
{person}
ada = Person.objects.get(slack__user_id="U0ADA")
for number in range({count}):
    services.declare_incident(title=f"Checkout {{number}} returns 500s", reporter=ada, at=timezone.now())
"""
STAYS: Final = "('headline', 'topic', 'bookmark', 'members')"  # what each channel has once


@dataclass(frozen=True)
class Case:
    """What is in the queue when the workers start, on how many machines, and how many ms Slack takes for a call."""

    kind: str
    waiting: int
    machines: int = 1
    latency: int = 0

    def __str__(self) -> str:
        return f"{self.waiting:,} {self.kind}s, {self.machines} machines, Slack takes {self.latency} ms"


@dataclass(frozen=True)
class Site:
    """A checkout with a database, in which incidents have their channels and `bench_KIND` has rows to copy."""

    tree: Path
    place: Engine
    slack_port: int
    port: int
    folder: Path

    def environment(self, machine: int = 0) -> dict[str, str]:
        """Return what a process on this machine gets. Machines share no directory."""
        # Sockets lie there, and a socket's path must be short.
        temporary, data = self.folder / f"t{self.port}-{machine}", self.folder / f"d{self.port}-{machine}"
        temporary.mkdir(exist_ok=True)
        data.mkdir(exist_ok=True)
        return {
            **inherited(),
            **self.place.environment,
            "SLACK_API_URL": f"http://127.0.0.1:{self.slack_port}/api/",
            "SLACK_BOT_TOKEN": "xoxb-bench",
            "SLACK_SIGNING_SECRET": slack.SIGNING_SECRET,
            "SECRET_KEY": "a key for the benchmark that is long enough to be taken",
            "SITE_URL": f"http://127.0.0.1:{self.port}",
            "ALLOWED_HOSTS": "127.0.0.1",
            "PORT": str(self.port),
            "TMPDIR": str(temporary),
            "DATA_DIR": str(data),
        }

    def manage(self, *words: str) -> None:
        command = [sys.executable, "manage.py", *words]
        done = subprocess.run(command, cwd=self.tree, env=self.environment(), capture_output=True, text=True)
        if done.returncode:
            raise AssertionError(f"manage.py {words[0]} failed:\n{done.stderr[-3000:]}")

    @contextmanager
    def workers(self, machines: int = 1) -> Iterator[None]:
        with ExitStack() as stack:
            for machine in range(machines):
                stack.enter_context(program("manage.py", "worker", cwd=self.tree, env=self.environment(machine)))
            yield

    @contextmanager
    def web(self) -> Iterator[None]:
        config = ("--config", "response/gunicorn_conf.py", "--bind", f"127.0.0.1:{self.port}")
        with program("-m", "gunicorn", *config, "response.wsgi", cwd=self.tree, env=self.environment()):
            wait_until(lambda: answers(f"http://127.0.0.1:{self.port}/readyz"), what="the web", every=0.1)
            yield

    @contextmanager
    def slack(self, latency: int = 0) -> Iterator[None]:
        with program("-m", "bench.instant_slack", str(self.slack_port), str(latency), cwd=ROOT, env={**inherited()}):
            yield


@contextmanager
def program(*words: str, cwd: Path, env: dict[str, str]) -> Iterator[None]:
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, *words], cwd=cwd, env=env, stdout=log, stderr=log)
        try:
            yield
        except TimeoutError as late:
            log.seek(0)
            raise AssertionError(f"{late}. It wrote:\n{log.read()[-3000:].decode()}") from late
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)


def prepare(site: Site) -> None:
    """Declare incidents, let their channels be made, and keep the rows that commands and messages in them become."""
    site.manage("migrate", "-v", "0")
    place = site.place
    package = "people" if (site.tree / "people").is_dir() else "incidents"
    with site.slack(), site.workers():
        wait_until(lambda: bool(place.query("SELECT 1 FROM slackbot_slackuser")), what="people", every=0.1)
        words = DECLARE.format(person=f"from {package}.models import Person", count=CHANNELS)
        site.manage("shell", "-c", words)
        wait_until(lambda: _channels(place) == CHANNELS and _waiting(place) == 0, what="channels", every=0.2)
    channels = [str(row[0]) for row in place.query("SELECT channel_id FROM slackbot_commschannel ORDER BY id")]
    requests = {
        MENTION: [
            slack.mention(f"<@U0BOT> severity {severity}", channel=channel, user="U0ADA")
            for severity in ("minor", "major")
            for channel in channels
        ],
        MESSAGE: [slack.message(channel) for channel in channels],
    }
    with site.slack(), site.web():
        for kind, sent in requests.items():
            place.query("DELETE FROM slackbot_inboxentry")
            if failed := [status for status in asyncio.run(_send(site.port, sent)) if status != 200]:
                raise AssertionError(f"{len(failed)} requests were not acknowledged: {failed[0]}")
            place.query(
                f"CREATE TABLE bench_{kind} AS SELECT *, dense_rank() OVER (ORDER BY payload ->> 'ts') - 1 AS turn"
                " FROM slackbot_inboxentry WHERE is_open"
            )
            if place.query(f"SELECT count(DISTINCT turn) FROM bench_{kind}")[0][0] != len(sent):
                raise AssertionError(f"Not every {kind} became a row")


async def _send(port: int, requests: Sequence[bytes]) -> list[int]:
    connection = Connection(port)
    try:
        return [await connection.ask(request) for request in requests]
    finally:
        connection.close()


def fill(place: Engine, kind: str, *, count: int) -> None:
    """Put so many commands or messages into the queue, in turns for each channel."""
    new = {
        "key": "'bench:' || n || ':' || t.key",
        "payload": "t.payload || jsonb_build_object('ts', (1700000000 + n) || '.000100',"
        " 'event_ts', (1700000000 + n) || '.000100')",
        "created_at": "now()",
    }
    table = "FROM information_schema.columns WHERE table_name = 'slackbot_inboxentry' AND column_name <> 'id'"
    columns = [str(row[0]) for row in place.query(f"SELECT column_name {table}")]
    values = ", ".join(new.get(column, f't."{column}"') for column in columns)
    place.query(
        f"INSERT INTO slackbot_inboxentry ({', '.join(columns)}) SELECT {values}"
        f" FROM generate_series(0, {count - 1}) AS n JOIN bench_{kind} AS t"
        f" ON t.turn = n % (SELECT max(turn) + 1 FROM bench_{kind}) ORDER BY n, t.id"
    )
    place.query("ANALYZE slackbot_inboxentry")  # as PostgreSQL does by itself while a queue grows


def turn(site: Site, case: Case, *, seconds: float) -> float:
    """Return how many commands or messages a second were completed, Slack's calls included."""
    place = site.place
    empty_redis()
    place.query("DELETE FROM slackbot_inboxentry")
    place.query(f"DELETE FROM slackbot_outboxentry WHERE kind NOT IN {STAYS}")
    fill(place, case.kind, count=case.waiting)
    done = "SELECT count(*) FROM slackbot_inboxentry WHERE NOT is_open"
    with site.slack(case.latency), site.workers(case.machines):
        wait_until(lambda: int(place.query(done)[0][0]) > WARM_UP, what="first rows", every=0.05)
        began = time.monotonic()
        while time.monotonic() - began < seconds and _waiting(place):
            time.sleep(0.2)
        ((closed, lasted, failed),) = place.query(
            "WITH done AS (SELECT closed_at, row_number() OVER (ORDER BY closed_at) AS nth FROM slackbot_inboxentry"
            " WHERE NOT is_open) SELECT count(*), extract(epoch FROM greatest(max(closed_at), (SELECT max(closed_at)"
            " FROM slackbot_outboxentry)) - min(closed_at)), (SELECT count(*) FROM slackbot_inboxentry"
            f" WHERE failures > 0 OR given_up_at IS NOT NULL) FROM done WHERE nth > {WARM_UP}"
        )
    if failed:
        raise AssertionError(f"{failed} rows failed")
    ((rows, turns),) = place.query(f"SELECT count(*), count(DISTINCT turn) FROM bench_{case.kind}")
    return int(closed) / float(lasted) * turns / rows


def _channels(place: Engine) -> int:
    return int(place.query("SELECT count(*) FROM slackbot_commschannel WHERE bookmark_id <> ''")[0][0])


def _waiting(place: Engine) -> int:
    rows = "SELECT (SELECT count(*) FROM slackbot_inboxentry WHERE is_open)"
    rows += " + (SELECT count(*) FROM slackbot_outboxentry WHERE is_open AND failures = 0 AND not_before IS NULL)"
    return int(place.query(rows)[0][0])


def compare(cases: Sequence[Case], folder: Path, *, trees: Mapping[str, Path], quick: bool) -> None:
    """Show each case's rates: one checkout beside the other, and one case beside the first."""
    rounds, seconds = (QUICK_ROUNDS, QUICK_FOR) if quick else (ROUNDS, FOR)
    found: dict[tuple[str, Case], list[float]] = {}
    with ExitStack() as stack:
        sites = {}
        for name, tree in trees.items():
            place = stack.enter_context(engine(POSTGRES_REDIS, folder))
            sites[name] = Site(tree, place, *free_ports(), folder)
            prepare(sites[name])
        for number in range(rounds):
            for case in cases:
                for name in sites if number % 2 == 0 else reversed(sites):
                    rate = turn(sites[name], case, seconds=seconds)
                    found.setdefault((name, case), []).append(rate)
                    print(f"round {number}, {name}, {case}: {rate:.1f}/s", flush=True)
    first, last = next(iter(trees)), list(trees)[-1]
    rows = [
        [
            case.kind,
            f"{case.waiting:,}",
            str(case.machines),
            f"{case.latency} ms",
            *(f"{percentile(found[name, case], 50):.1f}/s" for name in trees),
            ratio(found[last, case], found[first, case]),
            ratio(found[last, case], found[last, cases[0]]),
        ]
        for case in cases
    ]
    columns = ("kind", "waiting", "machines", "Slack", *trees, "beside before", "beside the first row")
    show(f"Completed a second, {rounds} rounds, PostgreSQL + Redis", columns, rows)


def measure(folder: Path, *, trees: Mapping[str, Path], quick: bool) -> None:
    cases = [Case(MENTION, count) for count in (SHORT, 1_500, 4_500)]
    compare(cases, folder, trees=trees, quick=quick)


def measure_messages(folder: Path, *, trees: Mapping[str, Path], quick: bool) -> None:
    compare([Case(MESSAGE, 1_000)], folder, trees=trees, quick=quick)


def measure_backlog(folder: Path, *, trees: Mapping[str, Path], quick: bool) -> None:
    compare([Case(MENTION, SHORT), Case(MENTION, 50_000)], folder, trees=trees, quick=quick)


def measure_machines(folder: Path, *, trees: Mapping[str, Path], quick: bool) -> None:
    cases = [Case(MENTION, 1_500, machines, LATENCY) for machines in (1, 3)]
    compare(cases, folder, trees=trees, quick=quick)
