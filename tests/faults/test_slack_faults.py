"""Slack answers badly, late, twice or not at all."""

from __future__ import annotations

import itertools
import random
from typing import Any, Final

import pytest

from tests.faults.conftest import ENGINES, Build, Prove
from tests.faults.script import Incident

pytestmark = pytest.mark.faults


def every(nth: int, *, times: int, **rule: Any) -> list[dict[str, Any]]:
    """Return rules that apply to every n-th call on average. With equal distances, one row's tries may all be hit."""
    distances = random.Random(nth)
    skips = itertools.accumulate(distances.randint(nth - 2, nth) for _ in range(times))
    return [{**rule, "times": 1, "skip": skip} for skip in skips]


ANSWERS: dict[str, Any] = {
    "answers are lost after Slack has acted": {"rules": every(3, times=60, fault="lost_answer")},
    "500 after Slack has acted": {"rules": every(3, times=60, fault="server_error_after")},
    "500 and nothing done": {"rules": every(3, times=60, fault="server_error")},
    "requests are lost": {"rules": every(3, times=60, fault="lost_request")},
    "answers are no JSON": {"rules": every(3, times=60, fault="garbage")},
}
DELIVERIES: dict[str, Any] = {
    "each event delivered twice": {"duplicate": 1000},
    "events delayed and shuffled": {"delay_ms": 150, "shuffle": True},
}

RETRY_AFTER: Final = 3  # seconds
ON_THE_WAY: Final = 1.5  # seconds in which a call may come that was made before the answer was there
LONG: Final = ("500 after Slack has acted", "500 and nothing done", "requests are lost")  # near to the others


@ENGINES
@pytest.mark.parametrize("fault", [pytest.param(name, marks=[pytest.mark.soak] * (name in LONG)) for name in ANSWERS])
def test_bad_answers(build: Build, prove: Prove, fault: str, engine: str) -> None:
    with build(engine) as house:
        house.sandbox.control("faults", **ANSWERS[fault])

        prove(fault, Incident(house))


@ENGINES
def test_many_rate_limits_are_waited_out_by_all_workers(build: Build, prove: Prove, engine: str) -> None:
    rules = every(3, times=40, fault="ratelimited", retry_after=RETRY_AFTER)
    with build(engine) as house, house.one_more("outbox"):
        house.sandbox.control("faults", rules=rules, enforce_rates="all")

        prove("429 for every third call, two senders", Incident(house))

        calls = house.sandbox.get("calls", limit=5000)["calls"]
        assert sum(call["http_status"] == 429 for call in calls) >= 30
        assert too_early(calls) == []


def too_early(calls: list[dict[str, Any]]) -> list[str]:
    """Say which calls came though Slack had asked to wait with them: for a method, for posting in a channel."""
    until: dict[tuple[str, str], tuple[float, float]] = {}
    found = []
    for call in calls:
        gate = (call["method"], call["args"].get("channel", "") if call["method"].startswith("chat.") else "")
        known, over = until.get(gate, (0.0, 0.0))
        if known + ON_THE_WAY < call["at"] < over:
            found.append(f"{gate} came {over - call['at']:.2f} s too early")
        if call["http_status"] == 429:
            asked = call["fault"].partition("retry_after:")[2] or RETRY_AFTER
            until[gate] = (call["at"], call["at"] + float(asked))
    return found


@ENGINES
@pytest.mark.parametrize("fault", DELIVERIES)
def test_bad_deliveries(build: Build, prove: Prove, fault: str, engine: str) -> None:
    with build(engine) as house:
        house.sandbox.control("faults", deliveries=DELIVERIES[fault])

        prove(fault, Incident(house))


@ENGINES
@pytest.mark.parametrize(
    ("name", "faults"), [("each answer takes 5 s", {"latency_ms": 5000}), ("Slack is down for 20 s", {"down": True})]
)
def test_faults_for_a_while(build: Build, prove: Prove, name: str, faults: dict[str, Any], engine: str) -> None:
    with build(engine) as house:

        def breaks() -> None:
            def clear() -> None:
                house.sandbox.control("faults", latency_ms=0, down=False)

            house.breaks(lambda: house.sandbox.control("faults", **faults), clear, seconds=20)

        prove(name, Incident(house, at={25: breaks}))
