"""A queue is declared once, by the package that owns it; everything else asks the registry."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import QuerySet

from jobs import queues, wakeup
from jobs.chores import Chore
from jobs.models import Job
from jobs.queues import Clock, Queue


def _rows() -> QuerySet[Job]:
    raise AssertionError("nothing runs here")


def _applaud(row: Job, now: Clock) -> None:
    """Work on nothing."""


def _queue(name: str, *, is_supervised: bool = True) -> Queue[Job]:
    return Queue(
        name=name,
        rows=_rows,
        claim_next=lambda now: None,
        is_waiting=lambda since: False,
        work_on=_applaud,
        is_supervised=is_supervised,
    )


@pytest.fixture
def applause() -> Iterator[Queue[Job]]:
    queue = _queue("applause")
    queues.register(queue)
    yield queue
    queues.forget("applause")


@pytest.mark.usefixtures("applause")
def test_a_second_queue_of_the_same_name_is_refused_with_both_places() -> None:
    with pytest.raises(LookupError, match=r"test_queues\._applaud and .*_applaud both serve the queue 'applause'"):
        queues.register(_queue("applause"))


def test_a_queue_is_found_by_its_name(applause: Queue[Job]) -> None:
    assert queues.get("applause") is applause
    assert queues.find("booing") is None
    with pytest.raises(LookupError, match=r"There is no queue 'booing'\. There are: .*applause"):
        queues.get("booing")


def test_another_package_adds_to_the_background_of_a_queue(applause: Queue[Job]) -> None:
    chore = Chore(lambda now: None, every=timedelta(minutes=1))
    queues.add_background("applause", chore)

    assert queues.background_of(applause) == (chore,)
    assert queues.background_of(_queue("booing")) == ()


@pytest.mark.usefixtures("applause")
def test_the_supervisor_starts_a_worker_for_each_queue_that_needs_one() -> None:
    queues.register(_queue("whistling", is_supervised=False))
    try:
        supervised = apps.get_app_config("jobs").supervised_queues()  # type: ignore[attr-defined]
    finally:
        queues.forget("whistling")

    assert "applause" in supervised
    assert "whistling" not in supervised


def test_a_worker_for_a_queue_that_does_not_exist_is_refused() -> None:
    with pytest.raises(CommandError, match="invalid choice: 'booing'"):
        call_command("work", "booing", stdout=StringIO())


def test_a_wake_up_for_the_queue_of_another_version_is_reported_and_does_no_harm(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.ERROR):
        wakeup.wake("booing")

    assert "There is no queue 'booing' to wake" in caplog.text
