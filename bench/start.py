"""How long `manage.py up` takes until product and sandbox answer, the first time and every other time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.engines import Engine, engine
from bench.figures import percentile, show
from bench.product import is_up, start, stop, wait_until

RUNS: Final = 5


def seconds_to_start(place: Engine) -> tuple[float, float]:
    """Start and stop it. Return the seconds until all of it answered, and until all of it was gone."""
    began = time.perf_counter()
    product = start(place)
    try:
        wait_until(lambda: is_up(product), what="the product to answer", every=0.05)
        took = time.perf_counter() - began
    finally:
        began = time.perf_counter()
        stop(product)
    return took, time.perf_counter() - began


def measure(engines: Sequence[str], folder: Path, *, quick: bool) -> None:
    rows = []
    for name in engines:
        first, second, stops = [], [], []
        for _ in range(1 if quick else RUNS):
            with engine(name, folder) as place:
                first.append(seconds_to_start(place)[0])
                again, stopped = seconds_to_start(place)
                second.append(again)
                stops.append(stopped)
        for what, seconds in (("first start", first), ("second start", second), ("stop", stops)):
            spread = (f"{each:.1f} s" for each in (percentile(seconds, 50), min(seconds), max(seconds)))
            rows.append([name, what, *spread, str(len(seconds))])
    show("Starting and stopping", ("engine", "what", "median", "fastest", "slowest", "runs"), rows)
