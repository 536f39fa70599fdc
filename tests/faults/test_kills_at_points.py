"""`kill -9` at each point where a process can be cut off: nothing is lost, nothing is done twice."""

from __future__ import annotations

import pytest

from tests.faults.conftest import ENGINES, Build, Prove
from tests.faults.script import Incident

pytestmark = pytest.mark.faults

# At which of its passes a process dies there.
POINTS = {
    "web before the inbox commit": (3, 20, 40),
    "web after the inbox commit": (3, 20, 40),
    "worker after a claim": (2, 30, 60),
    "worker in the handler": (2, 8, 20),
    "worker before the handler commit": (2, 15, 40),
    "worker after the handler commit": (2, 15, 40),
    "worker before the projection commit": (1, 6, 12),
    "worker after the projection commit": (1, 6, 12),
    "worker before a call": (2, 12, 30),
    "worker in a call": (2, 12, 30),
    "worker after a call": (2, 12, 30),
    "worker after the noting commit": (2, 12, 30),
}


@ENGINES
@pytest.mark.parametrize("point", POINTS)
def test_an_incident_survives_deaths(build: Build, prove: Prove, point: str, engine: str) -> None:
    _live_through_deaths(build, prove, point, engine)


@pytest.mark.parametrize("point", ["web after the inbox commit", "worker in the handler", "worker after a call"])
def test_an_incident_survives_deaths_on_sqlite(build: Build, prove: Prove, point: str) -> None:
    _live_through_deaths(build, prove, point, "sqlite")


def _live_through_deaths(build: Build, prove: Prove, point: str, engine: str) -> None:
    with build(engine) as house:
        if point == "worker in a call":
            house.sandbox.control("weather", latency_ms=300)
        house.arm(point, *POINTS[point])

        prove(f"kill -9 {point}", Incident(house))

        assert len(house.faults) == len(POINTS[point]), "It did not die as often as it was told to."
