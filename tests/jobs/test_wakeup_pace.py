"""A flood of events wakes workers often enough, and not once per event."""

from __future__ import annotations

import time

import pytest
from django.conf import settings

from jobs import wakeup
from tests.jobs.woken import listening

FLOOD = 1.0  # seconds


@pytest.mark.skipif(not settings.REDIS_URL, reason="without Redis a wake-up is a datagram, which costs nothing")
def test_a_flood_wakes_a_queue_a_few_times_and_once_more_at_its_end() -> None:
    with listening("inbox") as listener:
        heard, end = 0, time.monotonic() + FLOOD
        while time.monotonic() < end:
            wakeup.wake("inbox")
            heard += listener.wait(0)
        last = time.monotonic()
        wakeup.wake("inbox")
        while listener.wait(1):
            heard, last_heard = heard + 1, time.monotonic()

    assert wakeup.BURST < heard <= (FLOOD / wakeup.PACE + 2) * wakeup.BURST
    assert last_heard - last < 0.5


@pytest.mark.skipif(not settings.REDIS_URL, reason="without Redis a wake-up is a datagram, which costs nothing")
def test_after_a_pause_a_queue_is_woken_at_once() -> None:
    with listening("inbox") as listener:
        for _ in range(3):
            wakeup.wake("inbox")
            assert listener.wait(1)
            time.sleep(2 * wakeup.PACE)
