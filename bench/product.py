"""The product as people start it: `manage.py up` with the sandbox, on free ports, deaf to this shell's settings."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from bench.engines import Engine

ROOT: Final = Path(__file__).resolve().parents[1]
PATIENCE: Final = 60.0  # seconds; only a broken product takes that long
DRAINING: Final = 600.0  # seconds for what came in at full speed
KEPT: Final = ("PATH", "HOME", "LANG", "VIRTUAL_ENV")


@dataclass(frozen=True)
class Product:
    """A running one, and where to find it."""

    engine: Engine
    port: int
    sandbox_port: int
    temporary: Path
    process: subprocess.Popen[bytes]
    log: Path
    tree: Path

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def sandbox_url(self) -> str:
        return f"http://127.0.0.1:{self.sandbox_port}"

    def processes(self) -> dict[str, list[psutil.Process]]:
        """Return its processes by part: supervisor, web, inbox, outbox, plugins, sweeper, sandbox."""
        up = psutil.Process(self.process.pid)
        found: dict[str, list[psutil.Process]] = {"supervisor": [up]}
        for child in up.children():
            part = _part(child.cmdline())
            found.setdefault(part, []).extend([child, *child.children(recursive=True)])
        return found

    def silence_sockets(self) -> None:
        """Take away what wakes local workers: they find work by looking."""
        for bell in self.temporary.glob("response-*/*"):
            bell.unlink()

    def silence_celery(self) -> None:
        """Stop Celery's workers where they stand: the sweeper has to find work by looking."""
        for process in self.celery():
            process.suspend()

    def celery(self) -> list[psutil.Process]:
        children = psutil.Process(self.process.pid).children()
        workers = [child for child in children if "celery" in child.cmdline()]
        return [process for worker in workers for process in (worker, *worker.children(recursive=True))]

    def waiting(self) -> int:
        """Return how many rows of work are open."""
        rows = self.engine.query(
            "SELECT (SELECT count(*) FROM slackbot_inboxentry WHERE is_open)"
            " + (SELECT count(*) FROM slackbot_outboxentry WHERE is_open)"
            f" + (SELECT count(*) FROM {self._news})"
        )
        return int(rows[0][0])

    @property
    def _news(self) -> str:
        """Where news waits for Slack. Older trees count in the incident."""
        if (self.tree / "incidents" / "followers").is_dir():
            return "incidents_following WHERE is_open"
        return "incidents_incident WHERE version > projected_version"

    def rest(self) -> float:
        """Wait until all work is done, and return how many seconds that took."""
        began = time.monotonic()
        wait_until(lambda: self.waiting() == 0, what="nothing to be waiting", every=0.05, patience=DRAINING)
        return time.monotonic() - began


def _part(command: list[str]) -> str:
    words = " ".join(command)
    for mark, part in (
        ("guardian.py", "supervisor"),
        ("-m sandbox", "sandbox"),
        ("gunicorn", "web"),
        ("work inbox", "inbox"),
        ("work outbox", "outbox"),
        ("--queues inbox", "inbox"),
        ("--queues outbox", "outbox"),
        ("--queues plugins", "plugins"),
        ("manage.py sweep", "sweeper"),
    ):
        if mark in words:
            return part
    return "other"


@contextmanager
def running(engine: Engine, *, tree: Path = ROOT, **environment: str) -> Iterator[Product]:
    """Start the files in `tree`, wait until they know their workspace, and stop them afterwards."""
    product = start(engine, tree=tree, **environment)
    try:
        wait_until(lambda: is_up(product), what="the product to answer", every=0.1)
        wait_until(lambda: _knows_everybody(engine), what="the product to know its workspace", every=0.1)
        yield product
    except TimeoutError as late:
        raise AssertionError(f"{late}. It said:\n{product.log.read_text()[-3000:]}") from late
    finally:
        stop(product)


def checkout_of(commit: str, folder: Path) -> Path:
    """Extract the files of a commit below `folder`, and return where."""
    tree = folder / f"commit-{commit[:12]}"
    if not tree.exists():
        archive = subprocess.run(["git", "archive", commit], cwd=ROOT, check=True, capture_output=True).stdout
        tree.mkdir()
        subprocess.run(["tar", "-x", "-C", str(tree)], input=archive, check=True)
    return tree


def start(engine: Engine, *, tree: Path = ROOT, **environment: str) -> Product:
    port, sandbox_port = free_ports()
    log = engine.folder.parent / f"{engine.folder.name}.log"
    # Sockets lie there, and a socket's path must be short.
    temporary = engine.folder.parent / f"t{port}"
    temporary.mkdir()
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "up"],
            cwd=tree,
            env={
                **inherited(),
                "PORT": str(port),
                "SANDBOX_PORT": str(sandbox_port),
                "TMPDIR": str(temporary),
                **engine.environment,
                **environment,
            },
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    return Product(engine, port, sandbox_port, temporary, process, log, tree)


def stop(product: Product) -> None:
    for process in product.celery():
        process.resume()  # it may have been silenced, and could not hear that it is to stop
    product.process.send_signal(signal.SIGTERM)
    product.process.wait(PATIENCE)


def inherited() -> Mapping[str, str]:
    return {name: os.environ[name] for name in KEPT if name in os.environ}


def is_up(product: Product) -> bool:
    """Say whether both web and sandbox answer. Raise when the process has ended."""
    if product.process.poll() is not None:
        raise AssertionError(f"The product ended:\n{product.log.read_text()[-3000:]}")
    return answers(f"{product.url}/readyz") and answers(f"{product.sandbox_url}/sandbox/health")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def wait_until(true: Callable[[], bool], *, what: str, every: float, patience: float = PATIENCE) -> None:
    deadline = time.monotonic() + patience
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"Waited {patience:.0f} s for {what}")
        time.sleep(every)


def _knows_everybody(engine: Engine) -> bool:
    return bool(engine.query("SELECT 1 FROM slackbot_workspace WHERE people_synced_at IS NOT NULL"))


def free_ports() -> tuple[int, int]:
    with socket.socket() as one, socket.socket() as other:
        one.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1]), int(other.getsockname()[1])
