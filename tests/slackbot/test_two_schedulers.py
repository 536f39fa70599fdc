"""However many look at once, and however late, a reminder is asked once. `make engines` shows it on PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from incidents.models import Incident
from slackbot.inbound import due_reminders
from slackbot.models import InboxEntry, Reminder
from slackbot.testing import Workspace

pytestmark = pytest.mark.in_this_process  # a scheduler elsewhere would be faster than the next line

LEAD = "This incident has no lead yet"


def test_schedulers_that_look_at_once_ask_once(workspace: Workspace, incident: Incident) -> None:
    due = Reminder.objects.filter(incident=incident, is_open=True)
    due.update(due_at=timezone.now() - timedelta(seconds=1))
    how_many = due.count()
    assert how_many >= 3
    together = Barrier(4)

    def schedule(_: int) -> int:
        together.wait()
        try:
            return due_reminders.hand_over_due(timezone.now())
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        handed_over = sum(pool.map(schedule, range(4)))

    assert handed_over == how_many
    assert InboxEntry.objects.filter(kind="notification").count() == how_many


def test_one_that_became_due_while_nothing_ran_is_asked_once(workspace: Workspace, incident: Incident) -> None:
    Reminder.objects.filter(handler__endswith="nobody_leads").update(due_at=timezone.now() - timedelta(hours=3))
    workspace.settle()
    workspace.settle()

    assert sum(LEAD in text for text in workspace.channel(incident).texts) == 1
