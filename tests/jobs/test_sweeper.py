"""The sweeper runs what nobody took, and goes on whatever fails."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.db.models import QuerySet
from django.utils import timezone

from jobs import slots
from jobs.models import Heartbeat, Job
from jobs.queues import Clock, Queue
from jobs.sweeper import LOOK, OVERDUE, Sweeper
from slackbot.models import InboxEntry

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.in_this_process]


@dataclass
class Pile:
    """Rows of a queue, without a table: when each became runnable, and after how long it was run."""

    waiting: list[datetime] = field(default_factory=list)
    run_after: list[timedelta] = field(default_factory=list)

    def queue(self, name: str, *, processes: int = 1) -> Queue[InboxEntry]:
        return Queue(
            name=name,
            rows=InboxEntry.objects.none,
            claim_next=self._claim,
            is_waiting=lambda since: any(at <= since for at in self.waiting),
            work_on=self._run,
            processes=processes,
        )

    def _claim(self, _now: datetime) -> InboxEntry | None:
        return InboxEntry(pk=1, created_at=self.waiting.pop(0)) if self.waiting else None

    def _run(self, row: Job, now: Clock) -> None:
        self.run_after.append(now() - row.created_at)


class Looks:
    """Ask the sweeper to stop after so many looks."""

    def __init__(self, count: int) -> None:
        self._left = count

    @property
    def asked(self) -> bool:
        self._left -= 1
        return self._left < 0


def test_what_nobody_took_for_two_seconds_is_run() -> None:
    pile = Pile([timezone.now()])

    Sweeper([pile.queue("pile")]).run(Looks(8))

    (after,) = pile.run_after
    assert OVERDUE <= after < OVERDUE + timedelta(seconds=4 * LOOK)
    assert not Heartbeat.objects.filter(name__startswith="sweeper@").exists()  # it was told to stop


def test_a_queue_that_fails_keeps_no_other_waiting(caplog: pytest.LogCaptureFixture) -> None:
    def fails() -> QuerySet[InboxEntry]:
        raise ValueError("no rows today")

    broken = Queue(
        name="broken", rows=fails, claim_next=lambda _: None, is_waiting=lambda _: False, work_on=lambda *_: None
    )
    pile = Pile([timezone.now() - OVERDUE])

    Sweeper([broken, pile.queue("pile")]).run(Looks(1))

    assert len(pile.run_after) == 1
    assert "The sweeper couldn't check broken" in caplog.text


def test_a_queue_is_run_by_as_many_processes_as_it_has_slots() -> None:
    queue = Pile().queue("slotted", processes=2)

    with slots.slot(queue) as first, slots.slot(queue) as second, slots.slot(queue) as third:
        assert (first, second, third) == (True, True, False)
    with slots.slot(queue) as again:
        assert again
