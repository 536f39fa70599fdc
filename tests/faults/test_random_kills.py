"""`kill -9` of anybody at any moment, again and again. A seed repeats the same choices."""

from __future__ import annotations

import os
import random

import pytest

from tests.faults.conftest import Build, Prove
from tests.faults.script import Incident

SEED = int(os.environ.get("FAULTS_SEED", "7"))
SOAKS = int(os.environ.get("SOAK_RUNS", "30"))
EACH = ("web", "inbox", "outbox", "plugins", "answers", "doorbell")
VICTIMS = (*((role,) for role in EACH), ("web", "inbox", "outbox", "doorbell"))
CHANCE = 0.12  # before each step


def _live_through_kills(build: Build, prove: Prove, engine: str, seed: int) -> None:
    print(f"FAULTS_SEED={seed}")  # noqa: T201 - pytest shows it when the test fails
    dice = random.Random(seed)
    with build(engine) as house:

        def strike() -> None:
            if dice.random() < CHANCE:
                house.kill(*dice.choice(VICTIMS), dice=dice)

        prove(f"kill -9 at random, {engine}", Incident(house, at_each=strike))


@pytest.mark.faults
@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
@pytest.mark.parametrize("seed", [SEED])
def test_an_incident_survives_random_kills(build: Build, prove: Prove, engine: str, seed: int) -> None:
    _live_through_kills(build, prove, engine, seed)


@pytest.mark.soak
@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
@pytest.mark.parametrize("seed", range(SEED + 1, SEED + 1 + SOAKS))
def test_incidents_survive_random_kills_for_hours(build: Build, prove: Prove, engine: str, seed: int) -> None:
    _live_through_kills(build, prove, engine, seed)
