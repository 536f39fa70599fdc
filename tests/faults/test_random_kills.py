"""`kill -9` of anybody at any moment, one or all at once, again and again. A seed repeats the same choices."""

from __future__ import annotations

import os
import random

import pytest

from tests.faults.conftest import ENGINES, Build, Prove
from tests.faults.script import Incident

SEED = int(os.environ.get("FAULTS_SEED", "7"))
SOAKS = int(os.environ.get("SOAK_RUNS", "30"))
EACH = ("web", "inbox", "outbox", "plugins", "answers", "sweeper")
VICTIMS = (*((role,) for role in EACH), ("web", "inbox", "outbox", "sweeper"), EACH)
CHANCE = 0.12  # before each step
SOON = 0.5  # seconds after it


def _live_through_kills(build: Build, prove: Prove, engine: str, seed: int, *, seeds: str) -> None:
    dice = random.Random(seed)
    with build(engine) as house:

        def strike() -> None:
            if dice.random() < CHANCE:
                victims, which, moment = dice.choice(VICTIMS), random.Random(dice.random()), dice.uniform(0, SOON)
                house.later(moment, lambda: house.kill(*victims, dice=which))

        prove(f"kill -9 at random, {engine}, {seeds}", Incident(house, at_each=strike))


@pytest.mark.faults
@ENGINES
def test_an_incident_survives_that_everybody_is_killed_at_once(build: Build, prove: Prove, engine: str) -> None:
    with build(engine) as house:

        def strike() -> None:
            house.later(0.1, lambda: house.kill(*EACH, dice=random.Random(SEED)))

        incident = Incident(house, at=dict.fromkeys((2, 20, 45), strike))
        prove("kill -9 of web and workers at once", incident)

        assert len(house.faults) == 3


@pytest.mark.faults
@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
@pytest.mark.parametrize("seed", [SEED])
def test_an_incident_survives_random_kills(build: Build, prove: Prove, engine: str, seed: int) -> None:
    _live_through_kills(build, prove, engine, seed, seeds=f"seed {seed}")


@pytest.mark.soak
@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
@pytest.mark.parametrize("seed", range(SEED + 1, SEED + 1 + SOAKS))
def test_incidents_survive_random_kills_for_hours(build: Build, prove: Prove, engine: str, seed: int) -> None:
    _live_through_kills(build, prove, engine, seed, seeds=f"seeds {SEED + 1} to {SEED + SOAKS}")
