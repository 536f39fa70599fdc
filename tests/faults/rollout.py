"""A deployment in which two versions run side by side behind one address, as a rolling upgrade has them for a while."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import psutil

from slackbot.testing.server import Sandbox, running_sandbox
from tests.faults.balancer import Balancer
from tests.faults.engines import free_port, until
from tests.faults.house import PATIENCE, House

MIGRATE: Final = ("manage.py", "migrate", "--no-input")
PARTS: Final = {
    "web": ("-m", "gunicorn", "--config", "response/gunicorn_conf.py", "response.wsgi"),
    "workers": ("manage.py", "worker", "--verbose"),
}


@dataclass
class Version:
    """A tree of the product, and the processes that run from it. What they say is kept in `log`."""

    tree: Path
    environment: Mapping[str, str]
    log: Path
    parts: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    pids: set[int] = field(default_factory=set)  # of all processes that it ever had

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['PORT']}"

    def migrate(self) -> None:
        assert self._run(MIGRATE).wait(PATIENCE) == 0, self.log.read_text()

    def migrations(self) -> set[str]:
        return {str(path.relative_to(self.tree)) for path in self.tree.glob("*/migrations/0*.py")}

    def start(self, *parts: str) -> None:
        for part in parts:
            self.parts[part] = self._run(PARTS[part])

    def stop(self, *parts: str) -> None:
        """As a rolling deployment does: SIGTERM, and time to finish what is in hand."""
        self.note_pids()
        stopped = [self.parts.pop(part) for part in parts if part in self.parts]
        for process in stopped:
            process.terminate()
        for process in stopped:
            process.wait(60)

    def note_pids(self) -> None:
        for process in self.parts.values():
            self.pids |= {child.pid for child in psutil.Process(process.pid).children(recursive=True)}

    def status(self, path: str) -> int:
        """Return what the web answers, 0 when it does not."""
        try:
            return httpx.get(f"{self.url}{path}", timeout=5).status_code
        except httpx.TransportError:
            return 0

    def answers(self, status: int) -> None:
        """Wait until it says with this status whether it is ready."""
        what = f"the web of {self.tree} answers {status}"
        until(lambda: self.status("/readyz") == status, what, seconds=PATIENCE)

    def _run(self, words: tuple[str, ...]) -> subprocess.Popen[bytes]:
        with self.log.open("a") as log:
            command = [sys.executable, *words]
            return subprocess.Popen(command, cwd=self.tree, env=dict(self.environment), stdout=log, stderr=log)


class Rollout(House):
    """It starts with the first version. Requests go to the webs that take part, in turn."""

    def __init__(self, sandbox: Sandbox, *, folder: Path, database_url: str, redis_url: str) -> None:
        super().__init__(sandbox, folder=folder, data=folder, database_url=database_url, redis_url=redis_url)
        self.balancer = Balancer(int(self._environment["PORT"]))
        self._versions: list[Version] = []

    @property
    def environment(self) -> Mapping[str, str]:
        return self._environment

    @property
    def log(self) -> str:
        return "\n".join(version.log.read_text(errors="replace") for version in self._versions if version.log.exists())

    def version(self, tree: Path) -> Version:
        data = self.folder / f"version-{len(self._versions) + 1}"
        data.mkdir()
        environment = {**self._environment, "DATA_DIR": str(data), "PORT": str(free_port())}
        self._versions.append(Version(tree, environment, data / "log"))
        return self._versions[-1]

    def stop(self) -> None:
        for version in self._versions:
            version.stop("web", "workers")
        self.balancer.close()

    def let_in(self, version: Version) -> None:
        """Send requests to its web, too, once it is ready."""
        version.answers(200)
        self.balancer.add(version.url)

    def _launch(self) -> None:
        first = self._versions[0]
        first.migrate()
        first.start("web", "workers")
        self.let_in(first)


@contextmanager
def running_rollout(*, folder: Path, database_url: str, redis_url: str) -> Iterator[Rollout]:
    with running_sandbox() as sandbox:
        rollout = Rollout(sandbox, folder=folder, database_url=database_url, redis_url=redis_url)
        sandbox.control("app", url=f"{rollout.url}/slack/events")
        sandbox.control("faults", enforce_rates="off")
        try:
            yield rollout
        finally:
            rollout.stop()
