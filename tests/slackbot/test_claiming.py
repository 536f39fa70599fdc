"""Which row is next: the oldest that nothing is in the way of, however much else is waiting."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from jobs import claims, processes
from slackbot.models import OutboxEntry
from slackbot.outbound import sender

BUSY = 3 * claims.WINDOW

pytestmark = [pytest.mark.django_db, pytest.mark.in_this_process]


def _store(*keys: str, order_keys: Iterable[str], priority: int = 5) -> None:
    now = timezone.now()
    OutboxEntry.objects.bulk_create(
        OutboxEntry(key=key, kind="call", order_key=order_key, priority=priority, created_at=now)
        for key, order_key in zip(keys, order_keys, strict=True)
    )


@pytest.fixture
def busy_channel() -> None:
    """One channel has more rows waiting than a claim looks at, and the first of them is being sent."""
    _store(*(f"busy {number}" for number in range(BUSY)), order_keys=["C1"] * BUSY)
    assert _next() == "busy 0"


def _next(*, after: timedelta = timedelta(0)) -> str | None:
    row = sender.claim_next(timezone.now() + after)
    return row.key if row else None


def test_a_busy_channel_keeps_no_other_waiting(busy_channel: None) -> None:
    _store("quiet 1", "quiet 2", "other", order_keys=["C2", "C2", "C0"])

    assert {_next(), _next()} == {"quiet 1", "other"}
    assert _next() is None


def test_behind_a_busy_channel_a_paused_row_still_comes_before_its_followers(busy_channel: None) -> None:
    _store("paused", "follower", order_keys=["C2", "C2"])
    OutboxEntry.objects.filter(key="paused").update(not_before=timezone.now() + timedelta(seconds=30))

    assert _next() is None
    assert _next(after=timedelta(seconds=31)) == "paused"


def test_what_is_urgent_is_first_however_long_others_have_been_waiting(busy_channel: None) -> None:
    OutboxEntry.objects.filter(key="busy 0").update(is_open=False)
    _store("urgent", order_keys=["C2"], priority=0)

    assert [_next(), _next()] == ["urgent", "busy 1"]


def test_a_claim_counts_the_attempt_and_names_its_holder() -> None:
    _store("a", order_keys=["C1"])

    row = sender.claim_next(timezone.now())

    assert row is not None
    row.refresh_from_db()
    assert (row.attempts, row.lease_owner) == (1, processes.owner())


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("seeded_db")
def test_each_row_is_claimed_once_however_many_look_at_the_same_time() -> None:
    _store(*(f"row {number}" for number in range(40)), order_keys=(f"C{number}" for number in range(40)))

    def claim_all(_: int) -> list[str]:
        try:
            return [key for key in iter(_next, None) if key]
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        claimed = [key for keys in pool.map(claim_all, range(4)) for key in keys]

    assert sorted(claimed) == sorted(f"row {number}" for number in range(40))


def test_what_stepped_aside_is_tried_however_much_has_to_wait(busy_channel: None) -> None:
    _store("refused", order_keys=["C2"])
    OutboxEntry.objects.filter(key="refused").update(kind="reaction", refused_at=timezone.now() - timedelta(hours=1))

    assert _next() == "refused"


def test_behind_a_busy_channel_too_what_is_urgent_is_first(busy_channel: None) -> None:
    _store(*(f"blocked {number}" for number in range(BUSY)), order_keys=["C1"] * BUSY, priority=0)
    _store("chatty", "normal", order_keys=["C2", "C3"], priority=9)
    OutboxEntry.objects.filter(key="normal").update(priority=5)

    assert [_next(), _next()] == ["normal", "chatty"]
