"""Run the rows of the inbox: mentions, events, what plugins wait for, reminders that are due."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Final

from django.db import transaction

from incidents.errors import IncidentError
from slackbot.inbound import inbox
from slackbot.inbound.job_kinds import (
    direct_message,
    inbound_request,
    incident_event,
    interactive,
    keyword,
    mention,
    notification,
    plugin_command,
    scheduled,
    slack_event,
    veto,
)
from slackbot.jobs import queue
from slackbot.models import InboxEntry

logger = logging.getLogger(__name__)


def run(row: InboxEntry, now: datetime) -> None:
    """Run what a row is about. A refusal is an answer, not a failure."""
    try:
        with nullcontext() if row.kind in inbox.WITHOUT_TRANSACTION else transaction.atomic():
            _runner(row)(row, now)
    except IncidentError as refusal:
        logger.info("Inbox %s (%s) was refused: %s", row.pk, row.handler or row.kind, refusal)


_RUNNERS: Final[Mapping[str, Callable[[InboxEntry, datetime], None]]] = {
    "mention": mention.run_mention,
    "direct_message": direct_message.run_direct_message,
    "plugin_command": plugin_command.run_plugin_command,
    "event": slack_event.run_event,
    "keyword": keyword.run_keyword,
    "incident_event": incident_event.run_incident_event,
    inbox.BACKGROUND_EVENT: incident_event.run_incident_event,
    "inbound": inbound_request.run_inbound,
    "background inbound": inbound_request.run_inbound,
    "later": scheduled.run_later,
    "background later": scheduled.run_later,
    "periodic": scheduled.run_periodic,
    "veto": veto.run_veto,
    "background periodic": scheduled.run_periodic,
    "notification": notification.run_notification,
    "interactive": interactive.run_interactive,
    "search": interactive.run_search,
    "background": interactive.run_background,
}


def _runner(row: InboxEntry) -> Callable[[InboxEntry, datetime], None]:
    runner = _RUNNERS.get(row.kind)
    if runner is None:
        raise queue.Unknown(f"rows of the kind {row.kind}")
    return runner
