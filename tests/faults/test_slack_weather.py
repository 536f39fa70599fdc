"""Slack answers badly, late, twice or not at all."""

from __future__ import annotations

from typing import Any, Final

import pytest

from tests.faults.conftest import ENGINES, Build, Prove
from tests.faults.script import Incident

pytestmark = pytest.mark.faults


def every(nth: int, *, times: int, **rule: Any) -> list[dict[str, Any]]:
    """Rules that strike each n-th call."""
    return [{**rule, "times": 1, "skip": (nth - 1) * number} for number in range(1, times + 1)]


ANSWERS: dict[str, Any] = {
    "answers are lost after Slack has acted": {"rules": every(3, times=60, fault="lost_answer")},
    "500 after Slack has acted": {"rules": every(3, times=60, fault="server_error_after")},
    "500 and nothing done": {"rules": every(3, times=60, fault="server_error")},
    "requests are lost": {"rules": every(3, times=60, fault="lost_request")},
    "answers are no JSON": {"rules": every(3, times=60, fault="garbage")},
    "429 for every second call": {"rules": every(2, times=80, fault="ratelimited"), "enforce_rates": "all"},
}
DELIVERIES: dict[str, Any] = {
    "each event delivered twice": {"duplicate": 1000},
    "events delayed and shuffled": {"delay_ms": 150, "shuffle": True},
}


LONG: Final = ("500 after Slack has acted", "500 and nothing done", "requests are lost")  # near to the others


@ENGINES
@pytest.mark.parametrize("weather", [pytest.param(name, marks=[pytest.mark.soak] * (name in LONG)) for name in ANSWERS])
def test_bad_answers(build: Build, prove: Prove, weather: str, engine: str) -> None:
    with build(engine) as house:
        house.sandbox.control("weather", **ANSWERS[weather])

        prove(weather, Incident(house))


@ENGINES
@pytest.mark.parametrize("weather", DELIVERIES)
def test_bad_deliveries(build: Build, prove: Prove, weather: str, engine: str) -> None:
    with build(engine) as house:
        house.sandbox.control("weather", deliveries=DELIVERIES[weather])

        prove(weather, Incident(house))


@ENGINES
@pytest.mark.parametrize(
    ("name", "weather"), [("each answer takes 5 s", {"latency_ms": 5000}), ("Slack is down for 20 s", {"down": True})]
)
def test_bad_weather_for_a_while(build: Build, prove: Prove, name: str, weather: dict[str, Any], engine: str) -> None:
    with build(engine) as house:

        def breaks() -> None:
            def clear() -> None:
                house.sandbox.control("weather", latency_ms=0, down=False)

            house.breaks(lambda: house.sandbox.control("weather", **weather), clear, seconds=20)

        prove(name, Incident(house, at={25: breaks}))
