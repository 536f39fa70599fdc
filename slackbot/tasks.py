"""The Celery tasks: bells. The database is the queue, so losing, doubling or delaying one of these changes nothing."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from celery import shared_task
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from jobs import leases
from slackbot.inbound import inbox
from slackbot.models import InboxEntry, OutboxEntry
from slackbot.outbound import projector, sender

# After so many seconds a task takes no further row: neither Celery's limits nor the supervisor, which gives it eight
# seconds to finish, may cut one off in the middle. Whatever is left is found by the lanes, which look by themselves.
LONG_ENOUGH: Final = 5.0


@shared_task(name="slackbot.tasks.inbox")
def work_off_inbox() -> None:
    with _own_leases_let_go():
        deadline = time.monotonic() + LONG_ENOUGH
        while time.monotonic() < deadline and inbox.run_next(queue=InboxEntry.CORE, now=timezone.now):
            pass


@shared_task(name="slackbot.tasks.outbox")
def work_off_outbox() -> None:
    with _own_leases_let_go():
        deadline = time.monotonic() + LONG_ENOUGH
        while time.monotonic() < deadline and projector.catch_up(now=timezone.now):
            sender.send_next(now=timezone.now)
        while time.monotonic() < deadline and sender.send_next(now=timezone.now):
            pass


class _Trouble:
    """Whether the database went away under a task of this process, which then may still hold rows."""

    was_there = False


@contextmanager
def _own_leases_let_go() -> Iterator[None]:
    """Let go of what an earlier task of this process held when the database went away. It has one at a time."""
    if _Trouble.was_there:
        for kept in (InboxEntry.objects.all(), OutboxEntry.objects.all()):
            leases.free_own_leases(kept)
        _Trouble.was_there = False
    try:
        yield
    except (OperationalError, InterfaceError):
        _Trouble.was_there = True
        raise
