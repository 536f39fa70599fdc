"""The Celery tasks: bells. The database is the queue, so losing, doubling or delaying one of these changes nothing."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from slackbot import inbox, projector, rows, sender
from slackbot.models import InboxEntry


@shared_task(name="slackbot.tasks.inbox")
def work_off_inbox() -> None:
    inbox.run_due(rows.run, lane=InboxEntry.CORE, now=timezone.now, limit=50)


@shared_task(name="slackbot.tasks.outbox")
def work_off_outbox() -> None:
    projector.catch_up(now=timezone.now)
    sender.send_due(now=timezone.now, limit=50)
