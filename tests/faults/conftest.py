from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import pytest

from slackbot.testing.server import EXPECTED_REFUSALS
from tests.faults.checker import Verdict, judge
from tests.faults.engines import Postgres, Redis, running_postgres, running_redis
from tests.faults.house import House, running_house
from tests.faults.script import Incident
from tests.faults.table import note

# The short set breaks PostgreSQL with Redis at every point; SQLite in full is for `make soak`.
ENGINES = pytest.mark.parametrize("engine", ["postgresql", pytest.param("sqlite", marks=pytest.mark.soak)])

# A command may wait for longer than Slack does while the web starts again, and opens its dialog too late.
EXPECTED = EXPECTED_REFUSALS | {"expired_trigger_id"}


class Prove(Protocol):
    """Live through the incident, and fail unless all of it is there, once and in order."""

    def __call__(self, fault: str, incident: Incident) -> Verdict: ...


class Build(Protocol):
    """Make a deployment on an engine: "postgresql" with Redis, or "sqlite" without. `more` is for its environment."""

    def __call__(self, engine: str, **more: str) -> AbstractContextManager[House]: ...


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with running_postgres() as postgres:
        yield postgres


@pytest.fixture
def redis() -> Iterator[Redis]:
    with running_redis() as redis:
        yield redis


@pytest.fixture
def build(request: pytest.FixtureRequest, tmp_path: Path) -> Build:
    def build(engine: str, **more: str) -> AbstractContextManager[House]:
        if engine == "sqlite":
            return running_house(folder=tmp_path, data=None, database_url="", redis_url="", **more)
        postgres: Postgres = request.getfixturevalue("postgres")
        redis: Redis = request.getfixturevalue("redis")
        return running_house(
            folder=tmp_path, data=None, database_url=postgres.new_database(), redis_url=redis.url, **more
        )

    return build


@pytest.fixture
def prove(record_property: Callable[[str, object], None]) -> Prove:
    def prove(fault: str, incident: Incident) -> Verdict:
        incident.run()
        incident.house.settle()
        incident.house.disarm()
        assert incident.house.sandbox.refused_calls(expected=EXPECTED) == [], "Slack would have refused these calls"
        verdict = judge(incident)
        note(record_property, fault, verdict)
        assert verdict, f"{verdict}\n{incident.house.log[-6000:]}"
        return verdict

    return prove
