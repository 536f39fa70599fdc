"""The clock jumps, more processes than planned do the same work, the disk is full."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import ENGINES, Build, Prove
from tests.faults.house import running_house
from tests.faults.script import Incident

pytestmark = pytest.mark.faults

HOUR = 3600.0


@ENGINES
def test_the_clock_jumps_and_jumps_back(build: Build, prove: Prove, engine: str) -> None:
    with build(engine) as house:

        def jump(seconds: float) -> Callable[[], None]:
            return lambda: house.move_clock(seconds)

        incident = Incident(house, at={12: jump(HOUR), 26: jump(0), 38: jump(-HOUR), 52: jump(0)})

        prove("the clock jumps by +1 h and back, by -1 h and back", incident)


@ENGINES
def test_two_of_each_worker(build: Build, prove: Prove, engine: str) -> None:
    with build(engine) as house, house.one_more("inbox", "outbox", "plugins"):
        prove("two sweepers, two schedulers, two senders", Incident(house))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of its own that is soon full."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip(f"This user may not mount a small disk: {mounted.stderr.decode()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def test_the_disk_is_full(small_disk: Path, tmp_path: Path, prove: Prove) -> None:
    ballast = small_disk / "ballast"

    def fill() -> None:
        with ballast.open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(os.urandom(4096))
            except OSError:
                return

    with running_house(folder=tmp_path, data=small_disk / "data", database_url="", redis_url="") as house:
        told: list[tuple[int, str]] = []

        def fill_and_ask() -> None:
            fill()
            told.extend(house.ask(address) for address in ("/readyz", "/healthz"))

        incident = Incident(house, at={20: lambda: house.breaks(fill_and_ask, ballast.unlink, seconds=5)})

        prove("disk full for 5 s, sqlite", incident)

        assert told == [(503, "no room left on the disk of the database\n"), (200, "ok\n")]
        assert house.ask("/readyz") == (200, "ready\n")
