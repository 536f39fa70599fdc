"""Start real processes, listen to them, and leave none behind."""

import http.client
import json
import os
import queue
import re
import runpy
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[2]
Load = Callable[..., dict[str, Any]]
PATIENCE = 60.0  # seconds; only a broken product waits that long


def bare_environment(**given: str) -> dict[str, str]:
    """Return what a fresh shell would have, and what is given."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "PYTHONDONTWRITEBYTECODE")
    return {name: os.environ[name] for name in kept if name in os.environ} | given


class Running:
    """A process whose words can be waited for."""

    def __init__(self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path) -> None:
        self.lines: list[str] = []
        self._news: queue.Queue[str | None] = queue.Queue()
        self.process = subprocess.Popen(
            list(command),
            cwd=directory,
            env=dict(environment),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._everybody: dict[int, psutil.Process] = {}
        threading.Thread(target=self._listen, daemon=True).start()

    @property
    def output(self) -> str:
        return "\n".join(self.lines)

    def wait_for(self, pattern: str) -> re.Match[str]:
        """Return the first match in a line that nobody waited for yet."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                line = self._news.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"Nobody said {pattern!r} in {PATIENCE} s, but:\n{self.output}")
            if line is None:
                pytest.fail(f"It ended without saying {pattern!r}, but:\n{self.output}")
            if match := re.search(pattern, line):
                return match

    def wait_for_end(self) -> int:
        code = self.process.wait(PATIENCE)
        while self._news.get(timeout=PATIENCE) is not None:
            pass
        return code

    def ends(self) -> int:
        """Send Ctrl-C and return the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.wait_for_end()

    def family(self) -> list[psutil.Process]:
        """Return every process that it has started so far and that still lives."""
        if self.process.poll() is None:
            for child in psutil.Process(self.process.pid).children(recursive=True):
                self._everybody[child.pid] = child
        return [child for child in self._everybody.values() if lives(child)]

    def remove(self) -> None:
        family = self.family()
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for child in family:
            if lives(child):
                child.kill()

    def _listen(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))
            self._news.put(line)
        self._news.put(None)


def lives(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def wait_until_gone(processes: Sequence[psutil.Process]) -> list[psutil.Process]:
    """Return those that still live after all patience."""
    deadline = time.monotonic() + PATIENCE
    left = [process for process in processes if lives(process)]
    while left and time.monotonic() < deadline:
        time.sleep(0.02)
        left = [process for process in left if lives(process)]
    return left


class Start(Protocol):
    def __call__(self, command: Sequence[str], *, environment: Mapping[str, str], directory: Path = ...) -> Running: ...


class Supervise(Protocol):
    def __call__(self, *programs: dict[str, Any], verbose: bool = ..., grace: float = ...) -> Running: ...


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[Running] = []

    def begin(command: Sequence[str], *, environment: Mapping[str, str], directory: Path = ROOT) -> Running:
        started.append(Running(command, environment=environment, directory=directory))
        return started[-1]

    yield begin
    for running in started:
        running.remove()


@pytest.fixture
def supervise(start: Start) -> Supervise:
    def begin(*programs: dict[str, Any], verbose: bool = False, grace: float = 8.0) -> Running:
        order = json.dumps({"programs": programs, "verbose": verbose, "grace": grace})
        command = (sys.executable, "-m", "tests.response.supervised", order)
        return start(command, environment=bare_environment(PYTHONUNBUFFERED="1"))

    return begin


def get(port: int, path: str) -> tuple[int, bytes]:
    """Ask this machine for a page."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.fixture
def ports() -> tuple[int, int]:
    """Return two ports that nobody uses."""
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        return one.getsockname()[1], two.getsockname()[1]


@pytest.fixture
def free_port(ports: tuple[int, int]) -> int:
    return ports[0]


@pytest.fixture
def unused_port(ports: tuple[int, int]) -> int:
    return ports[1]


@pytest.fixture
def load(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Load:
    """Return a function that reads the settings in an environment of nothing but its arguments."""

    def settings(**environment: str) -> dict[str, Any]:
        for name in list(os.environ):
            monkeypatch.delenv(name)
        for name, value in {"DATA_DIR": str(tmp_path), **environment}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(str(ROOT / "response/settings.py"))

    return settings
