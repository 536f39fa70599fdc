"""A plugin that dawdles holds nobody up, on either database."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.db import connection
from django.utils import timezone

from incidents import services
from incidents.models import Incident
from jobs import queues
from slackbot.inbound import inbox
from slackbot.kit.registry import registry
from slackbot.models import InboxEntry
from slackbot.plugins import CommandContext, incident_command
from slackbot.testing import Actor, Workspace

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]


def _leave_a_command(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    """Leave `@incident dawdle` in the inbox, as the web process does."""
    handler = registry.commands["dawdle"]
    origin = {"user_id": ada.id, "channel_id": workspace.channel(incident).id}
    payload = {"line": "dawdle", "ts": "1.0", "origin": origin}
    inbox.hand_over(payload, key="dawdle", order_key="dawdle", handler=handler, now=timezone.now())


def _work() -> int:
    try:
        return queues.get(InboxEntry.CORE).run_due(timezone.now)
    finally:
        connection.close()


def test_everybody_can_declare_while_a_plugin_dawdles_and_it_still_gets_through(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    workspace.expected_refusals.add("message_not_found")  # nobody wrote what it would put a tick on
    began, may_end = Event(), Event()
    runs: list[str] = []

    @incident_command("dawdle", help="take long")
    def dawdle(ctx: CommandContext) -> None:
        runs.append(ctx.incident.reference)
        began.set()
        assert may_end.wait(20)
        ctx.post("At last.")

    _leave_a_command(workspace, incident, ada)
    with ThreadPoolExecutor(1) as pool:
        work = pool.submit(_work)
        assert began.wait(20)
        started = time.monotonic()
        services.declare_incident(title="Search is down", reporter=ada.person, at=timezone.now())
        seconds = time.monotonic() - started
        may_end.set()
        work.result(20)
    workspace.settle()

    assert seconds < 3
    assert workspace.channel(incident).texts.count("At last.") == 1
    assert InboxEntry.objects.get(key="dawdle").failures == 0
