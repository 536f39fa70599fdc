"""PostgreSQL and Redis stop, crash, hang, forget everything, and come back."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

import pytest

from tests.faults.conftest import Build, Prove
from tests.faults.engines import Postgres, Redis
from tests.faults.house import eventually
from tests.faults.person import Person
from tests.faults.script import Incident

pytestmark = pytest.mark.faults

LOOKED_FOR = 2.0  # seconds, until a sweeper that knows that Redis is gone has found and run a row
WITHOUT_REDIS = 10.0  # seconds within which work goes on, for rows that came while Redis was gone


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_postgresql_restarts(build: Build, prove: Prove, postgres: Postgres, mode: str) -> None:
    with build("postgresql") as house:

        def restarts() -> None:
            house.breaks(lambda: postgres.stop(mode), postgres.start, seconds=2)

        prove(f"PostgreSQL restarted, {mode}", Incident(house, at=dict.fromkeys((2, 20, 45), restarts)))


def test_redis_forgets_everything(build: Build, prove: Prove, redis: Redis) -> None:
    with build("postgresql") as house:
        prove("FLUSHALL before each step", Incident(house, at_each=redis.flush))


@pytest.mark.parametrize("seconds", [15, pytest.param(60, marks=pytest.mark.soak)])
def test_redis_is_gone(build: Build, prove: Prove, redis: Redis, seconds: int) -> None:
    with build("postgresql") as house:
        incident = Incident(house, at={10: lambda: house.breaks(redis.kill, redis.start, seconds=seconds)})
        prove(f"Redis gone for {seconds} s", incident)
        (began, ended), *_ = house.faults

        meanwhile = [done - came for came, done in house.lives_of_rows() if began <= came <= ended]
        assert max(meanwhile) < WITHOUT_REDIS


@pytest.mark.parametrize("seconds", [15, pytest.param(60, marks=pytest.mark.soak)])
def test_redis_hangs(build: Build, prove: Prove, redis: Redis, seconds: int) -> None:
    with build("postgresql") as house:
        incident = Incident(house, at={10: lambda: house.breaks(redis.hang, redis.go_on, seconds=seconds)})
        prove(f"Redis hangs for {seconds} s", incident)
        (began, ended), *_ = house.faults

        meanwhile = [done - came for came, done in house.lives_of_rows() if began <= came <= ended]
        assert max(meanwhile) < WITHOUT_REDIS


@pytest.fixture
def no_redis(redis: Redis) -> Iterator[None]:
    redis.kill()
    yield
    redis.start()


@pytest.mark.usefixtures("no_redis")
def test_redis_is_gone_from_the_first_second(build: Build, prove: Prove) -> None:
    with build("postgresql") as house:
        prove("Redis gone from the first second", Incident(house))

        # Some rows wait on purpose, for their channel or for more of their kind.
        assert median(done - came for came, done in house.lives_of_rows()) < LOOKED_FOR


@pytest.mark.usefixtures("no_redis")
def test_plugins_run_without_redis_too(build: Build) -> None:
    with build("postgresql", RESPONSE_PLUGINS="tests.faults.poison") as house:
        ada = Person(house.sandbox, "U0ADA")
        channel = ada.declares_and_joins("No Redis")

        ada.types("Where is the canary?", channel)

        eventually(lambda: ada.sees("The canary sings.", channel), "the plugin answers", house)
