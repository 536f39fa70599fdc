"""Events that come at the same moment are kept in one statement, and none for another's trouble is lost."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from jobs.group_commit import GroupCommit

PATIENCE = 10


class Paper:
    """Writes the first rows only when told so, so that others come meanwhile."""

    def __init__(self) -> None:
        self.written: list[list[str]] = []
        self.began = threading.Event()
        self.may_go_on = threading.Event()

    def write(self, rows: Sequence[str]) -> None:
        if not self.began.is_set():
            self.began.set()
            assert self.may_go_on.wait(PATIENCE)
        if "bad" in rows:
            raise ValueError("bad")
        self.written.append(list(rows))


@pytest.mark.parametrize("bad", [False, True])
def test_who_comes_while_somebody_writes_is_written_for_by_the_next(*, bad: bool) -> None:
    paper = Paper()
    together = GroupCommit(paper.write)
    names = [f"row {number}" for number in range(7)] + ["bad" if bad else "row 7"]
    with ThreadPoolExecutor(9) as pool:
        first = pool.submit(together, ["first"])
        assert paper.began.wait(PATIENCE)
        others = {name: pool.submit(together, [name]) for name in names}
        deadline = time.monotonic() + PATIENCE
        while len(together.waiting) < len(names):
            assert time.monotonic() < deadline
        paper.may_go_on.set()
        first.result(PATIENCE)
        failed = {name for name, done in others.items() if done.exception(PATIENCE)}

    assert failed == ({"bad"} if bad else set())
    assert sorted(row for rows in paper.written for row in rows) == sorted({"first", *names} - {"bad"})
    if not bad:
        assert [len(rows) for rows in paper.written] == [1, 8]


def test_who_waits_for_one_that_hangs_writes_alone_and_not_one_after_the_other() -> None:
    paper = Paper()
    together = GroupCommit(paper.write)
    names = [f"row {number}" for number in range(6)]
    with ThreadPoolExecutor(7) as pool:
        first = pool.submit(together, ["first"])
        assert paper.began.wait(PATIENCE)
        for done in [pool.submit(together, [name]) for name in names]:
            done.result(PATIENCE)
        assert sorted(paper.written) == [[name] for name in names]

        paper.may_go_on.set()
        first.result(PATIENCE)
