"""What a newer version wrote is left to its processes: nothing is given up at once, nothing waits for it for long."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from incidents import services
from incidents.followers.opening import open_cursors
from incidents.models import Incident, Kind, Status, TimelineEntry
from slackbot.inbound import payloads
from slackbot.inbound.payloads import SlashCommand
from slackbot.kit.contexts import Origin
from slackbot.models import InboxEntry, OutboxEntry, Reminder
from slackbot.operators import auditor
from slackbot.outbound.deliveries.places import order_of_channel
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process  # the other version would know it


def _comes_in(*, kind: str = "event", handler: str = "", order_key: str = "another", payload: object = None) -> int:
    """Keep a row of the inbox as another version would, and return its number."""
    now = timezone.now()
    row = InboxEntry.objects.create(
        key=f"{kind}:{handler}:{now}",
        kind=kind,
        handler=handler,
        payload=payload or {},
        order_key=order_key,
        priority=5,
        created_at=now,
    )
    return row.pk


def _goes_out(kind: str, incident: Incident, *, order_key: str) -> None:
    """Keep a row of the outbox as another version would."""
    now = timezone.now()
    OutboxEntry.objects.create(key=kind, kind=kind, incident=incident, order_key=order_key, priority=5, created_at=now)


@pytest.mark.parametrize(
    ("kind", "handler", "name"),
    [("event", "next_version.listens", "next_version.listens"), ("telepathy", "", "rows of the kind telepathy")],
)
def test_a_row_that_nobody_here_knows_is_left_and_says_why(
    workspace: Workspace, kind: str, handler: str, name: str
) -> None:
    numbers = [_comes_in(kind=kind, handler=handler), _comes_in(kind=kind, handler=handler)]

    workspace.settle()
    workspace.after(minutes=50)

    for row in InboxEntry.objects.filter(pk__in=numbers):
        assert row.is_open
        assert (row.attempts, row.failures, row.lease_until, row.not_before) == (0, 0, None, None)
        assert row.error == f"No process here knows {name}: a newer version wrote it, or its plugin is gone"


def test_a_row_whose_plugin_is_gone_is_given_up_in_the_end_and_named(workspace: Workspace) -> None:
    number = _comes_in(handler="gone_plugin.listens")

    workspace.settle()
    workspace.after(minutes=61)

    row = InboxEntry.objects.get(pk=number)
    assert row.given_up_at is not None
    assert "No process here knows gone_plugin.listens" in row.error


@pytest.mark.parametrize("was_in_hands", [False, True])
def test_commands_go_past_what_nobody_here_knows_after_a_moment(
    workspace: Workspace, incident: Incident, ada: Actor, *, was_in_hands: bool
) -> None:
    channel = workspace.channel(incident).id
    ada.says("@incident note before", in_=incident)
    key = InboxEntry.objects.filter(kind="mention").latest("pk").order_key
    assert channel in key
    number = _comes_in(handler="next_version.goes_first", order_key=key)
    ada.says("@incident note after", in_=incident)

    workspace.settle()
    if was_in_hands:  # of somebody who knew it, on another machine, and is gone
        over = timezone.now() - timedelta(seconds=1)
        InboxEntry.objects.filter(pk=number).update(lease_owner="elsewhere/1:1:1", lease_until=over, attempts=1)
    early = incident.entries.filter(text="after").exists()
    workspace.after(seconds=20)

    assert not early  # whoever knows the one before it comes first
    assert incident.entries.filter(text="after").exists()


def test_a_message_of_a_kind_that_nobody_here_knows_is_left_and_says_why(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    order_key = order_of_channel(incident)
    _goes_out("shout", incident, order_key=order_key)
    workspace.settle()
    ada.says("@incident severity minor", in_=incident)
    workspace.after(seconds=20)

    row = OutboxEntry.objects.get(key="shout")
    assert row.is_open
    assert (row.attempts, row.failures, row.lease_until, row.not_before) == (0, 0, None, None)
    assert "No process here knows messages of the kind shout" in row.error
    assert any("Minor" in text for text in workspace.channel(incident).texts)


def test_a_message_that_nobody_knows_is_given_up_in_the_end_and_told(workspace: Workspace, incident: Incident) -> None:
    _goes_out("whistle", incident, order_key="whistle")

    workspace.settle()
    workspace.after(minutes=61)

    assert OutboxEntry.objects.get(key="whistle").given_up_at is not None
    assert incident.entries.get(kind="trouble").text.startswith(
        "The whistle was not sent: No process took it for an hour."
    )


def test_a_reminder_that_nobody_here_knows_stays_for_who_does(workspace: Workspace, incident: Incident) -> None:
    due_at = timezone.now() + timedelta(minutes=1)
    Reminder.objects.create(incident=incident, handler="next_version.reminds", due_at=due_at)

    services.change_kind(incident, to=Kind.DRILL, by=incident.reporter, at=timezone.now())
    workspace.settle()
    workspace.after(minutes=30)
    findings = auditor.audit(timezone.now())

    reminder = Reminder.objects.get(handler="next_version.reminds")
    assert (reminder.is_open, reminder.due_at, reminder.looks) == (True, due_at, 0)
    assert not any("next_version" in finding for finding in findings)


def test_a_reminder_whose_plugin_is_gone_is_ended_and_named(workspace: Workspace, incident: Incident) -> None:
    Reminder.objects.create(incident=incident, handler="gone.reminds", due_at=timezone.now() - timedelta(minutes=61))

    findings = auditor.audit(timezone.now())

    assert f"No process here knows the reminder gone.reminds of {incident.reference}. It was removed." in findings
    assert not Reminder.objects.get(handler="gone.reminds").is_open


def test_the_news_goes_past_an_entry_that_nobody_here_knows_after_a_moment(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    now, seq = timezone.now(), Incident.objects.get(pk=incident.pk).version + 1
    TimelineEntry.objects.create(
        incident=incident, seq=seq, kind="prophecy", text="It ends", happened_at=now, recorded_at=now, data={}
    )
    Incident.objects.filter(pk=incident.pk).update(version=seq)
    incident.refresh_from_db()
    open_cursors(incident, at=now)
    services.change_status(incident, to=Status.IDENTIFIED, by=ada.person, at=timezone.now())

    workspace.settle()
    early = workspace.channel(incident).texts
    workspace.after(seconds=20)

    assert not any("to identified" in text for text in early)
    assert sum("to identified" in text for text in workspace.channel(incident).texts) == 1


def test_a_request_is_read_though_a_newer_version_knows_more_parts_of_it() -> None:
    request = SlashCommand("help", Origin("U0ADA", "C0GENERAL"), "ada", "1.2.3")
    stored = payloads.as_json(request)

    newer = {**stored, "locale": "en", "origin": {**stored["origin"], "team_id": "T0"}}

    assert payloads.from_json(newer) == request
