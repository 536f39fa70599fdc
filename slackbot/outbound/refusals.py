"""What Slack refuses: single rows for a reason of their own, and whatever we ask for a reason of ours."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Min

from slackbot.api.error_codes import REFUSES_ALL
from slackbot.models import OutboxEntry


def since(moment: datetime) -> list[OutboxEntry]:
    """Return rows that Slack has refused individually since before `moment`; they are retried."""
    rows = OutboxEntry.objects.select_related("incident").filter(is_open=True, refused_at__lt=moment)
    return list(rows.order_by("refused_at")[:50])


def count() -> int:
    return OutboxEntry.objects.filter(is_open=True, refused_at__isnull=False).count()


def of_all() -> list[tuple[str, datetime]]:
    """Return the codes with which Slack refuses whatever we ask, as sentences, and since when a message waits."""
    waiting = OutboxEntry.objects.filter(is_open=True, error__startswith=REFUSES_ALL).order_by("error")
    return list(waiting.values_list("error").annotate(since=Min("created_at")))
