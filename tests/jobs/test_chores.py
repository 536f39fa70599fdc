"""Chores: periodic work of a worker."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from django.db import OperationalError

from jobs.chores import Chore, Chores


def _seconds_of_tries(outcomes: list[Exception | None], *, every: timedelta, seconds: int) -> list[int]:
    """Run a chore with these outcomes, and then the last one again and again; return when it ran."""
    tries: list[int] = []
    second = 0

    def run(_now: datetime) -> None:
        tries.append(second)
        if (problem := outcomes[min(len(tries), len(outcomes)) - 1]) is not None:
            raise problem

    with ThreadPoolExecutor(1) as pool:
        chores = Chores([Chore(run, every=every)], clock=lambda: float(second))
        while second < seconds:
            chores.start_due(pool)
            if chores.running:
                chores.running.result()
            second += 1
    return tries


def test_a_chore_that_the_database_refuses_is_tried_again_after_growing_pauses() -> None:
    timeout = OperationalError("canceling statement due to statement timeout")

    tries = _seconds_of_tries([timeout], every=timedelta(minutes=5), seconds=60 * 60)

    pauses = [later - earlier for earlier, later in itertools.pairwise(tries)]
    assert pauses[:7] == [5, 10, 20, 40, 80, 160, 300]
    assert set(pauses[6:]) == {300}


def test_a_chore_that_succeeds_starts_again_from_the_short_pause() -> None:
    away = OperationalError("server closed the connection")

    tries = _seconds_of_tries([away, away, None, away, None], every=timedelta(minutes=1), seconds=120)

    assert tries == [0, 5, 15, 75, 80]
