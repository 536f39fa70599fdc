"""The physical limit beside which the product's figures stand: how many small transactions a second the disk takes."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from bench.engines import Engine

MAKE = "CREATE TABLE IF NOT EXISTS bench_commits (words TEXT)"
INSERT = f"INSERT INTO bench_commits VALUES ('{'x' * 900}')"  # as long as an event


def commits_per_second(engine: Engine, *, writers: int, seconds: float) -> float:
    """Insert a row in a transaction of its own, again and again, on so many connections."""
    engine.query(MAKE)
    deadline = time.monotonic() + seconds
    with ThreadPoolExecutor(writers) as pool:
        counts = list(pool.map(lambda _: _insert(engine, lambda: time.monotonic() < deadline), range(writers)))
    engine.query("DROP TABLE bench_commits")
    return sum(counts) / seconds


def _insert(engine: Engine, may_go_on: Callable[[], bool]) -> int:
    count = 0
    with closing(engine.connect()) as connection, closing(connection.cursor()) as cursor:
        while may_go_on():
            cursor.execute(INSERT)
            count += 1
    return count
