"""Three machines run the same queues, and share nothing but PostgreSQL and Redis. One of them loses power."""

from __future__ import annotations

import time
from contextlib import ExitStack

import pytest

from tests.faults.conftest import Build, Prove
from tests.faults.script import Incident

pytestmark = pytest.mark.faults


def test_one_of_three_machines_is_lost(build: Build, prove: Prove) -> None:
    with build("postgresql") as house, ExitStack() as stack:
        lost, _other = (stack.enter_context(house.machine(name)) for name in ("second", "third"))

        def power_fails() -> None:
            lost.loses_power()
            house.note_fault(time.time())

        prove("One of three worker machines lost", Incident(house, at={20: power_fails}))
