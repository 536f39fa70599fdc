"""What is not due costs nothing: the looks that every worker makes twice a second read an index of open work only."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from incidents.models import Incident
from slackbot import reminders
from slackbot.models import InboxEntry, Reminder
from slackbot.testing import Workspace

pytestmark = pytest.mark.in_this_process

MANY = 4_000


@pytest.fixture
def crowded(workspace: Workspace, incident: Incident) -> None:
    """Thousands of reminders for later, and as many rows of work that are done."""
    now = timezone.now()
    later = now + timedelta(days=1)
    Reminder.objects.bulk_create(
        (Reminder(incident=incident, handler=f"later.{number}", due_at=later) for number in range(MANY)),
        batch_size=2000,
    )
    InboxEntry.objects.bulk_create(
        (
            InboxEntry(
                key=f"old:{number}",
                kind="event",
                payload={},
                order_key="C",
                priority=5,
                created_at=now,
                is_open=False,
                closed_at=now,
            )
            for number in range(MANY)
        ),
        batch_size=2000,
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def test_what_is_not_due_is_not_read(crowded: None) -> None:
    now = timezone.now()
    due = Reminder.objects.filter(is_open=True, due_at__lte=now).order_by("due_at")[:100]
    waiting = InboxEntry.objects.filter(is_open=True, lane=InboxEntry.CORE).order_by("priority", "pk")[:8]

    assert "reminders_due" in due.explain()
    assert any(index in waiting.explain() for index in ("inbox_queue", "inbox_order"))
    assert reminders.hand_over_due(now) == 0
