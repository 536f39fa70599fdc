"""A deployment that a test may break: its processes, its database as it lies on disk, and the workspace around it."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import psutil
import psycopg2
from django.conf import settings

from slackbot.testing.server import Sandbox, running_sandbox
from tests.faults.engines import free_port, until

ROOT: Final = Path(__file__).resolve().parents[2]
PATIENCE: Final = 150.0  # seconds until something that should happen is called missing
PAUSE: Final = 301.0  # Slack's longest, before it delivers for the last time

Row = dict[str, Any]


class House:
    """`manage.py up` against a sandbox. Faults are noted with the moments between which they lasted."""

    def __init__(
        self, sandbox: Sandbox, *, folder: Path, data: Path, database_url: str, redis_url: str, **more: str
    ) -> None:
        self.sandbox = sandbox
        self.folder, self.data = folder, data
        self.url = f"http://127.0.0.1:{free_port()}"
        self.faults: list[tuple[float, float]] = []
        self._skips: list[float] = []  # the sandbox's time after each skipped pause
        self._database_url = database_url
        self._points = folder / "points"
        self._points.mkdir()
        inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        self._environment = {
            **inherited,
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SLACK_API_URL": sandbox.api_url,
            "SLACK_BOT_TOKEN": settings.SLACK_BOT_TOKEN,
            "SLACK_SIGNING_SECRET": settings.SLACK_SIGNING_SECRET,
            "SITE_URL": self.url,
            "SECRET_KEY": "a-key-for-the-tests-that-is-long-enough-to-be-accepted-by-every-check",
            "DATA_DIR": str(data),
            "PORT": self.url.rpartition(":")[2],
            "WEB_CONCURRENCY": "1",
            "CELERY_CONCURRENCY": "1",
            "RESPONSE_PLUGINS": "tests.faults.death",
            "LOG_LEVEL": "WARNING",
            "FAULTS_FOLDER": str(self._points),
            **more,
        }
        self._process: subprocess.Popen[bytes] | None = None
        self._menders: list[threading.Timer] = []

    # Its life

    def start(self) -> None:
        self._launch()
        try:
            until(self.is_ready, "the product is ready", seconds=PATIENCE)
            until(lambda: bool(self.rows("SELECT 1 FROM slackbot_workspace")), "it knows the workspace")
            people = "SELECT 1 FROM slackbot_workspace WHERE people_synced_at IS NOT NULL"
            until(lambda: bool(self.rows(people)), "it knows the people")
        except AssertionError as error:
            self.stop()
            raise AssertionError(f"{error}\n{self.log[-6000:]}") from error

    def _launch(self) -> None:
        with (self.folder / "up.log").open("a") as log:
            command = [sys.executable, "manage.py", "up", "--verbose"]
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self._environment, stdout=log, stderr=subprocess.STDOUT
            )

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGTERM)
            self._process.wait(60)

    def is_ready(self) -> bool:
        try:
            return self.ask("/readyz")[0] == 200
        except httpx.TransportError:
            return False

    def ask(self, address: str) -> tuple[int, str]:
        answer = httpx.get(f"{self.url}{address}", timeout=3)
        return answer.status_code, answer.text

    @property
    def log(self) -> str:
        return (self.folder / "up.log").read_text(errors="replace")

    # Breaking it

    def arm(self, point: str, *dies_at: int) -> None:
        """Let whichever process passes the point for these times die there."""
        (self._points / point).write_text(json.dumps(dies_at))

    def disarm(self) -> list[float]:
        """Return when processes died at points, and arm nothing any more."""
        deaths = [float(line) for each in self._points.glob("*.deaths") for line in each.read_text().splitlines()]
        for kept in self._points.iterdir():
            kept.unlink()
        self.faults += [(at, at) for at in deaths]
        return deaths

    def kill(self, *roles: str, dice: random.Random) -> None:
        """`kill -9` one of the processes of each role, all at once."""
        living = [(_role(process), process) for process in self._processes()]
        by_role = [[process for each, process in living if each == role] for role in roles]
        victims = [dice.choice(found) for found in by_role if found]
        for victim in victims:
            _kill(victim)
        if victims:
            self.note_fault(time.time())

    def note_fault(self, began: float) -> None:
        """A fault that began at this moment is over."""
        self.faults.append((began, time.time()))

    def breaks(self, begin: Callable[[], object], mend: Callable[[], object], *, seconds: float) -> None:
        """Break something now and mend it after so many seconds, whatever is done meanwhile."""
        began = time.time()
        begin()

        def end() -> None:
            mend()
            self.note_fault(began)

        self.later(seconds, end)

    def move_clock(self, seconds: float) -> None:
        """Let the product's clock jump to so many seconds from the real time."""
        moved = self._points / "clock.new"
        moved.write_text(str(seconds))
        moved.rename(self._points / "clock")

    def later(self, seconds: float, do: Callable[[], object]) -> None:
        """Do something in so many seconds, whatever is done meanwhile."""
        timer = threading.Timer(seconds, do)
        self._menders.append(timer)
        timer.start()

    @contextmanager
    def one_more(self, *queues: str) -> Iterator[None]:
        """Run another worker of each queue beside those of the supervisor."""
        with (self.folder / "up.log").open("a") as log, ExitStack() as stack:
            for queue in queues:
                command = [sys.executable, "manage.py", "work", queue]
                environment = {**self._environment, "RESPONSE_ROLE": queue}
                process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
                stack.callback(process.wait, 30)
                stack.callback(process.terminate)
            yield

    @contextmanager
    def machine(self, name: str) -> Iterator[Machine]:
        """Run all queues on another machine, too: with its own host name and directories."""
        folder = self.folder / name
        (folder / "tmp").mkdir(parents=True)
        environment = {**self._environment, "DATA_DIR": str(folder), "TMPDIR": str(folder / "tmp")}
        named = f'hostname {name} && exec "$@"'
        command = ["unshare", "--user", "--map-root-user", "--uts", "sh", "-c", named, "sh"]
        with (self.folder / "up.log").open("a") as log:
            worker = [*command, sys.executable, "manage.py", "worker", "--verbose"]
            process = subprocess.Popen(worker, cwd=ROOT, env=environment, stdout=log, stderr=log)
        machine = Machine(process)
        try:
            seen = f"SELECT 1 FROM jobs_heartbeat WHERE name = 'sweeper@{name}'"
            until(lambda: bool(self.rows(seen)), f"{name} works", seconds=PATIENCE)
            yield machine
        finally:
            machine.stop()

    def manage(self, *words: str) -> str:
        """Return what `manage.py` says beside it."""
        command = [sys.executable, "manage.py", *words]
        said = subprocess.run(command, cwd=ROOT, env=self._environment, capture_output=True, text=True, check=False)
        return said.stdout + said.stderr

    def _processes(self) -> list[psutil.Process]:
        assert self._process is not None
        return psutil.Process(self._process.pid).children(recursive=True)

    # What is in its database

    def rows(self, query: str) -> list[Row]:
        """Ask the database itself; nothing while it is away."""
        try:
            if self._database_url:
                with closing(psycopg2.connect(self._database_url)) as connection:
                    return _rows(connection.cursor(), query)
            path = self.data / "response.sqlite3"
            with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as lite:
                return _rows(lite.cursor(), query)
        except (psycopg2.Error, sqlite3.Error):
            return []

    def write(self, statement: str, *values: str) -> None:
        """Write into the database, behind the product's back. `%s` stands for each value."""
        if self._database_url:
            with closing(psycopg2.connect(self._database_url)) as connection, connection, connection.cursor() as cursor:
                cursor.execute(statement, values)
            return
        with closing(sqlite3.connect(self.data / "response.sqlite3", timeout=20)) as lite, lite:
            lite.execute(statement.replace("%s", "?"), values)

    def lives_of_rows(self) -> list[tuple[float, float]]:
        """Return when each row of the queues came and was done, in Unix seconds."""
        lives = []
        for table in ("slackbot_inboxentry", "slackbot_outboxentry"):
            epoch = "extract(epoch FROM {})" if self._database_url else "(julianday({}) - 2440587.5) * 86400"
            came, done = epoch.format("created_at"), epoch.format("closed_at")
            query = f"SELECT {came} AS came, {done} AS done FROM {table} WHERE closed_at IS NOT NULL"
            lives += [(float(row["came"]), float(row["done"])) for row in self.rows(query)]
        return lives

    def attempts(self) -> list[tuple[float, float, bool]]:
        """Return when each of Slack's requests began and ended, in Unix seconds, and whether it was accepted."""
        found = []
        for delivery in self.sandbox.get("deliveries", limit=5000)["deliveries"]:
            for attempt in delivery["attempts"]:
                end = attempt["at"] - PAUSE * sum(skip <= attempt["at"] for skip in self._skips)
                found.append((end - attempt["ms"] / 1000, end, attempt["status"] == 200))
        return sorted(found)

    def has_work(self) -> bool:
        """Say whether anything waits: a row, news, or one of Slack's deliveries."""
        waiting = self.rows(
            "SELECT (SELECT count(*) FROM slackbot_inboxentry WHERE is_open)"
            " + (SELECT count(*) FROM slackbot_outboxentry WHERE is_open)"
            " + (SELECT count(*) FROM incidents_following WHERE is_open) AS work"
        )
        health = self.sandbox.get("health")
        return not waiting or waiting[0]["work"] > 0 or health["pending"] > 0 or health["waiting"] > 0

    def settle(self) -> None:
        """Wait until all is mended and done. Slack's own pauses before it delivers again are skipped."""
        for mender in self._menders:
            mender.join()

        def is_done() -> bool:
            self.hurry_slack()
            return not self.has_work()

        try:
            until(is_done, "everything that waits is done", seconds=PATIENCE)
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.state()}") from error

    def state(self) -> str:
        """Return what somebody wants to know who wonders what it waits for."""
        said = [f"now {time.time():.0f}"]
        for table in ("slackbot_inboxentry", "slackbot_outboxentry"):
            columns = "kind, key, order_key, attempts, failures, not_before, lease_until, lease_owner, error"
            query = f"SELECT {columns} FROM {table} WHERE is_open OR given_up_at IS NOT NULL"
            said += [str(row) for row in self.rows(query)]
        said += [str(row) for row in self.rows("SELECT key, seen, until, failures, error FROM incidents_following")]
        return "\n".join([*said, self.log[-6000:]])

    def hurry_slack(self) -> None:
        """Let Slack deliver again at once what it would deliver again in minutes, when the product is there."""
        broken = any(mender.is_alive() for mender in self._menders)
        if not broken and self.sandbox.get("health")["waiting"] and self.is_ready():
            self._skips.append(self.sandbox.control("clock", advance=PAUSE)["now"])


class Machine:
    """A machine that runs workers and nothing else."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    def loses_power(self) -> None:
        """Kill everything there at once."""
        here = psutil.Process(self._process.pid)
        for process in [here, *here.children(recursive=True)]:
            _kill(process)
        self._process.wait()

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(60)


@contextmanager
def running_house(
    *, folder: Path, database_url: str, redis_url: str, data: Path | None = None, **more: str
) -> Iterator[House]:
    """Start it on free ports. What is in `more` goes into its environment."""
    where = data or folder / "data"
    with running_sandbox() as sandbox:
        house = House(sandbox, folder=folder, data=where, database_url=database_url, redis_url=redis_url, **more)
        sandbox.control("app", url=f"{house.url}/slack/events")
        sandbox.control("faults", enforce_rates="off")
        house.start()
        try:
            yield house
        finally:
            house.stop()


def eventually(claim: Callable[[], bool], what: str, house: House) -> None:
    """Wait as people do, who have no idea what broke."""

    def is_so() -> bool:
        house.hurry_slack()
        return claim()

    try:
        until(is_so, what, seconds=PATIENCE)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{house.state()}") from error


def _rows(cursor: Any, query: str) -> list[Row]:
    cursor.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]


def _role(process: psutil.Process) -> str:
    try:
        return process.environ().get("RESPONSE_ROLE", "")
    except psutil.Error:
        return ""


def _kill(process: psutil.Process) -> None:
    try:
        process.kill()
    except psutil.NoSuchProcess:
        return
