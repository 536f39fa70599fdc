"""PostgreSQL and Redis that belong to a test alone, so that it may stop and kill them."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import psycopg2
import pytest

OLDEST: Final = 15
START_SECONDS: Final = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def until(claim: Callable[[], bool], what: str, *, seconds: float = START_SECONDS) -> None:
    """Wait for something that has to happen; fail with a sentence when it does not."""
    deadline = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {seconds:.0f} s: {what}")
        time.sleep(0.05)


class Postgres:
    """A cluster of our own in a temporary folder, with durable commits."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.port = free_port()
        self._folder, self._programs = folder, programs
        # PostgreSQL refuses to run as root.
        self._user = _unprivileged() if os.getuid() == 0 else None
        if self._user:
            shutil.chown(folder, self._user)
        self._run("initdb", "--auth=trust", "--username=postgres", "--encoding=UTF8", "--no-locale")
        self._databases = 0

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self._folder}"
        self._run("pg_ctl", "-w", "-t", "60", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self, mode: str) -> None:
        """`mode` is pg_ctl's: "fast" ends every session, "immediate" is a crash."""
        self._run("pg_ctl", "-w", "-t", "60", "-m", mode, "stop")

    def new_database(self) -> str:
        """Return the address of an empty database."""
        self._databases += 1
        name = f"faults_{self._databases}"
        with closing(psycopg2.connect(self.url("postgres"))) as connection:
            connection.autocommit = True
            connection.cursor().execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    def _run(self, program: str, *words: str) -> None:
        command = [str(self._programs / program), "-D", str(self._folder / "data"), *words]
        # To a file: a server that pg_ctl leaves behind would hold a pipe open for ever.
        with (self._folder / "said").open("w+") as said:
            done = subprocess.run(command, user=self._user, stdout=said, stderr=said, cwd="/", check=False)
            assert done.returncode == 0, (self._folder / "said").read_text()


def _unprivileged() -> str:
    passwd = Path("/etc/passwd").read_text()
    return "postgres" if "\npostgres:" in passwd else "nobody"


def _postgres_programs() -> Path | None:
    """Find initdb and pg_ctl: where PATH says, or where Debian keeps them."""
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    installed = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    versions = {int(path.parts[4]): path.parent for path in installed if path.parts[4].isdigit()}
    return versions[max(versions)] if versions and max(versions) >= OLDEST else None


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    programs = _postgres_programs()
    if programs is None:
        pytest.fail(f"No initdb and pg_ctl of PostgreSQL {OLDEST} or later on this machine")
    folder = Path(tempfile.mkdtemp(prefix="response-faults-"))
    try:
        postgres = Postgres(folder, programs)
        postgres.start()
        yield postgres
        postgres.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class Redis:
    """A server of our own that keeps nothing on disk: it comes back empty."""

    def __init__(self, program: str) -> None:
        self.port = free_port()
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        command = [self._program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, cwd="/")
        until(self._answers, "Redis answers")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def hang(self) -> None:
        """Let it answer nobody, with every connection open."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def flush(self) -> None:
        self._say("FLUSHALL")

    def _signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def _answers(self) -> bool:
        try:
            return self._say("PING").startswith(b"+PONG")
        except OSError:
            return False

    def _say(self, word: str) -> bytes:
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as line:
            line.sendall(f"{word}\r\n".encode())
            return line.recv(64)


@contextmanager
def running_redis() -> Iterator[Redis]:
    program = shutil.which("redis-server")
    if program is None:
        pytest.fail("No redis-server on PATH")
    redis = Redis(program)
    redis.start()
    try:
        yield redis
    finally:
        redis.kill()
