"""Who holds a row may die, lose the database, or have a clock of its own: the row waits for nobody."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import timedelta

import pytest
from django.utils import timezone

from jobs import leases, retries
from jobs.leases import Leases
from slackbot.models import OutboxEntry
from slackbot.outbound import outbox, sender

pytestmark = [pytest.mark.django_db, pytest.mark.in_this_process]


@pytest.fixture
def row() -> OutboxEntry:
    """A row that we took a moment ago."""
    outbox.say(key="a", kind="reaction", now=timezone.now(), args={}, order_key="a")
    row = sender.claim_next(timezone.now())
    assert row is not None
    return row


def _its_process_ends(row: OutboxEntry, *, attempts: int) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    owner = row.lease_owner.replace(f":{os.getpid()}:", f":{ended.pid}:")
    OutboxEntry.objects.filter(pk=row.pk).update(lease_owner=owner, attempts=attempts)


def test_the_lease_of_a_process_that_died_meanwhile_is_let_go(row: OutboxEntry) -> None:
    leases = Leases(OutboxEntry.objects.all)
    leases.tidy()
    assert sender.claim_next(timezone.now()) is None
    _its_process_ends(row, attempts=1)

    Leases(OutboxEntry.objects.all).tidy()

    assert sender.claim_next(timezone.now()) == row


def test_what_ended_a_process_again_lets_its_neighbours_go_first(row: OutboxEntry) -> None:
    outbox.say(key="b", kind="reaction", now=timezone.now(), args={}, order_key="b")
    _its_process_ends(row, attempts=2)

    Leases(OutboxEntry.objects.all).tidy()
    claimed = [sender.claim_next(timezone.now() + after) for after in (timedelta(0), timedelta(0), leases.CALM)]

    assert [each and each.key for each in claimed] == ["b", None, "a"]


def test_after_trouble_with_the_database_only_what_nobody_is_at_work_on_is_let_go(row: OutboxEntry) -> None:
    leases = Leases(OutboxEntry.objects.all)
    leases.are_in_doubt = True
    leases.tidy(in_hand=[row.pk])
    assert sender.claim_next(timezone.now()) is None

    leases.are_in_doubt = True
    leases.tidy()

    assert sender.claim_next(timezone.now()) == row


def test_a_pause_noted_by_a_clock_that_ran_ahead_is_over(row: OutboxEntry) -> None:
    now = timezone.now()
    OutboxEntry.objects.update(lease_until=None, not_before=now + timedelta(hours=1))

    assert sender.claim_next(now) == row


def test_a_pause_as_long_as_slack_may_ask_for_holds(row: OutboxEntry) -> None:
    now = timezone.now()
    OutboxEntry.objects.update(lease_until=None, not_before=now + retries.LONGEST_PAUSE)

    assert sender.claim_next(now) is None
