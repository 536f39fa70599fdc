"""What it costs to do nothing: processor time and memory of each part while nobody asks for anything."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

from bench.engines import Engine, engine
from bench.figures import show
from bench.product import Product, running

SECONDS: Final = 60.0
SETTLE: Final = 15.0
OURS: Final = "product together"


@dataclass(frozen=True)
class Share:
    """One part: its processes, their share of one core in per cent, their proportional memory in MiB."""

    part: str
    processes: int
    core: float
    memory: float

    @property
    def cells(self) -> list[str]:
        return [self.part, str(self.processes), f"{self.core:.2f} %", f"{self.memory:.0f} MiB"]


def shares(product: Product, *, seconds: float) -> list[Share]:
    """Watch for so long. The sandbox, which a real deployment has not, is counted apart."""
    parts = product.processes()
    before = {process: _used(process) for processes in parts.values() for process in processes}
    time.sleep(seconds)
    found = [
        Share(
            part,
            len(processes),
            100 * sum(_used(process) - before[process] for process in processes) / seconds,
            sum(process.memory_full_info().pss for process in processes) / 1024**2,
        )
        for part, processes in parts.items()
    ]
    ours = [share for share in found if share.part != "sandbox"]
    together = Share(
        OURS, sum(one.processes for one in ours), sum(one.core for one in ours), sum(one.memory for one in ours)
    )
    return [*ours, together, *(share for share in found if share.part == "sandbox")]


def _used(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system)


def measure(engines: Sequence[str], folder: Path, *, quick: bool) -> None:
    seconds = 1.0 if quick else SECONDS
    rows = []
    for name in engines:
        with engine(name, folder) as place:
            rows += [
                [name, *share.cells] for share in _idle_shares(place, seconds=seconds, settle=0 if quick else SETTLE)
            ]
    show(f"Idle for {seconds:.0f} s", ("engine", "part", "processes", "of one core", "memory (PSS)"), rows)


def _idle_shares(place: Engine, *, seconds: float, settle: float) -> list[Share]:
    with running(place) as product:
        time.sleep(settle)
        return shares(product, seconds=seconds)
