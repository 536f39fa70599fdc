"""Fewer statements must not mean older facts: what is read once is read late enough."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event

import pytest
from django.db import connection, transaction
from django.utils import timezone

from incidents import services
from incidents.models import EntryKind, Incident, Kind, Link, Severity, TimelineEntry
from jobs import queues
from slackbot.models import CommsChannel, InboxEntry, LastSaid, OutboxEntry
from slackbot.outbound import announcements, outbox, projector
from slackbot.testing import Actor, Workspace
from tests.waiting import until_somebody_waits_for_a_row

pytestmark = pytest.mark.in_this_process


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite lets one writer in at a time, before it reads")
def test_a_channel_that_is_noted_while_the_projector_waits_is_furnished(workspace: Workspace, ada: Actor) -> None:
    incident = services.declare_incident(title="Slow", reporter=ada.person, at=timezone.now(), kind=Kind.REPORT)
    workspace.settle()
    held = Event()

    def note_channel() -> None:
        with transaction.atomic():
            CommsChannel.objects.create(incident=incident, channel_id="C0LATE", name="late")
            url = "https://slack.example/C0LATE"
            services.attach_link(incident, kind=Link.CHANNEL, label="#late", url=url, at=timezone.now())
            held.set()
            until_somebody_waits_for_a_row()
        connection.close()

    with ThreadPoolExecutor(1) as pool:
        noted = pool.submit(note_channel)
        held.wait(timeout=10)
        projector.project(incident.pk, now=timezone.now())
        noted.result()

    assert OutboxEntry.objects.filter(incident=incident, kind__in=("topic", "members", "welcome")).count() == 3
    OutboxEntry.objects.filter(incident=incident, is_open=True).delete()  # there is no such channel in Slack


@pytest.mark.parametrize("fault", ["", "lost_answer"])
def test_a_posted_headline_wakes_what_waits_for_it(workspace: Workspace, ada: Actor, fault: str) -> None:
    workspace.sandbox.control("faults", rules=[{"method": "chat.postMessage", "fault": fault or "server_error"}])
    incident = services.declare_incident(title="Slow", reporter=ada.person, at=timezone.now(), kind=Kind.REPORT)
    services.post_update(incident, text="Half of it works", by=ada.person, at=timezone.now())
    workspace.settle()
    waiting = OutboxEntry.objects.get(incident=incident, kind="update")
    assert waiting.is_open
    workspace.sandbox.control("faults", clear=True)
    OutboxEntry.objects.filter(kind="update").update(not_before=timezone.now() + timedelta(minutes=9))
    workspace.after(seconds=30)

    assert not OutboxEntry.objects.get(pk=waiting.pk).is_open


def test_an_edited_headline_leaves_alone_what_waits_for_something_else(
    incident: Incident, workspace: Workspace
) -> None:
    workspace.settle()
    later = timezone.now() + timedelta(minutes=9)
    outbox.say(
        key="later", kind="update", now=timezone.now(), args={"text": "Later"}, order_key="later", incident=incident
    )
    OutboxEntry.objects.filter(key="later").update(not_before=later)
    Incident.objects.filter(pk=incident.pk).update(title="Renamed")
    outbox.draw(incident, "headline", now=timezone.now())
    queues.get(OutboxEntry.QUEUE).run_due(timezone.now)

    assert "Renamed" in workspace.headline(incident).text
    assert OutboxEntry.objects.get(key="later").not_before == later


def test_an_entry_that_was_undone_counts_as_seen_by_nobody(incident: Incident, ada: Actor) -> None:
    services.set_severity(incident, to=Severity.objects.get(key="major"), by=ada.person, at=timezone.now())
    kept = incident.entries.get(kind=EntryKind.SEVERITY_CHANGED)
    undone = TimelineEntry(pk=kept.pk + 1000, incident=incident, kind=EntryKind.SEVERITY_CHANGED)
    # SQLite gave the key of an undone entry to another one, which nobody saw.
    opened = incident.entries.get(kind=EntryKind.OPENED)
    used_again = TimelineEntry(pk=opened.pk, incident=incident, kind=EntryKind.SEVERITY_CHANGED)

    announcements.note_seen([kept, undone, used_again], here=incident, now=timezone.now())

    seen = LastSaid.objects.filter(key__endswith=" seen").values_list("key", flat=True)
    assert list(seen) == [f"{outbox.COMMAND}{kept.pk} seen"]


def test_a_line_sees_what_the_line_before_it_did(workspace: Workspace, ada: Actor, incident: Incident) -> None:
    ada.says("@incident severity critical\n@incident severity minor", in_=incident)

    texts = [entry.text for entry in incident.entries.filter(kind=EntryKind.SEVERITY_CHANGED).order_by("seq")]
    assert texts == ["Severity set to Critical", "Severity changed from Critical to Minor"]


def test_a_command_is_refused_to_whom_the_incident_was_closed_meanwhile(
    workspace: Workspace, ada: Actor, grace: Actor, incident: Incident
) -> None:
    channel = workspace.channel(incident).id
    workspace.sandbox.act("message.send", grace.id, channel=channel, text="@incident severity critical")
    workspace.sandbox.control("settle", timeout=10)
    services.make_private(incident, by=ada.person, at=timezone.now())
    queues.get(InboxEntry.CORE).run_due(timezone.now)

    incident.refresh_from_db()
    assert incident.severity is None
