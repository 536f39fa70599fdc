"""`kill -9` at each point where a process can be cut off: nothing is lost, nothing is done twice."""

from __future__ import annotations

from typing import Final

import pytest

from tests.faults.conftest import Build, Prove
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


AROUND: Final = {
    "kill -9 around the inbox commit and the claim": [
        "web before the inbox commit",
        "web after the inbox commit",
        "worker after a claim",
    ],
    "kill -9 around the handler": [
        "worker in the handler",
        "worker before the handler commit",
        "worker after the handler commit",
    ],
    "kill -9 around the projection and before a call": [
        "worker before the projection commit",
        "worker after the projection commit",
        "worker before a call",
    ],
    "kill -9 in and after a call": ["worker in a call", "worker after a call", "worker after the noting commit"],
}


@pytest.mark.parametrize("fault", AROUND)
def test_an_incident_survives_deaths_at_each_point(build: Build, prove: Prove, fault: str) -> None:
    _live_through_deaths(build, prove, fault, AROUND[fault], "postgresql")


def test_an_incident_survives_deaths_on_sqlite(build: Build, prove: Prove) -> None:
    points = ["web after the inbox commit", "worker in the handler", "worker after a call"]
    _live_through_deaths(build, prove, "kill -9 at three points, sqlite", points, "sqlite")


@pytest.mark.soak
@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
@pytest.mark.parametrize("point", POINTS)
def test_an_incident_survives_deaths_at_one_point(build: Build, prove: Prove, point: str, engine: str) -> None:
    _live_through_deaths(build, prove, f"kill -9 {point}", [point], engine)


def test_every_point_is_tried() -> None:
    assert sorted(point for points in AROUND.values() for point in points) == sorted(POINTS)


def _live_through_deaths(build: Build, prove: Prove, fault: str, points: list[str], engine: str) -> None:
    with build(engine) as house:
        if "worker in a call" in points:
            house.sandbox.control("faults", latency_ms=300)
        for point in points:
            house.arm(point, *POINTS[point])

        prove(fault, Incident(house))

        deaths = sum(len(POINTS[point]) for point in points)
        assert len(house.faults) == deaths, "It did not die as often as it was told to."
