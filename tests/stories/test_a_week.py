"""A week with each reminder: exactly when it speaks, and when it does not. It begins on a Friday at noon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Incident, Kind
from slackbot.models import InboxEntry, OutboxEntry, Reminder
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process  # the clock of another one cannot be moved

LEAD = "This incident has no lead yet"
SEVERITY = "This incident has no severity yet"
STILL_OPEN = "If it is over, write"


@pytest.fixture(autouse=True)
def friday_at_noon(workspace: Workspace) -> None:
    now = timezone.now()
    friday = now + timedelta(days=(4 - now.weekday()) % 7 or 7)
    workspace.until(friday.replace(hour=12, minute=0, second=0, microsecond=0))


def spoke(workspace: Workspace, incident: Incident, words: str) -> list[str]:
    """Return when it spoke, like "Fri 12:05"."""
    said = [message for message in workspace.channel(incident).messages() if words in message.text]
    return [f"{datetime.fromtimestamp(float(message.ts), tz=UTC):%a %H:%M}" for message in said]


def looks(incident: Incident, reminder: str) -> int:
    handler = Reminder.objects.get(incident=incident, handler__endswith=reminder).handler
    return InboxEntry.objects.filter(kind="notification", handler=handler).count()


def test_nobody_answers(workspace: Workspace, incident: Incident) -> None:
    workspace.after(days=7)

    assert spoke(workspace, incident, LEAD) == ["Fri 12:05", "Fri 12:15", "Fri 12:25"]
    assert spoke(workspace, incident, SEVERITY) == ["Fri 12:10", "Fri 12:30", "Fri 12:50"]


def test_a_forgotten_incident_is_asked_about_by_day_and_not_on_the_weekend(
    workspace: Workspace, incident: Incident
) -> None:
    workspace.after(days=7)

    # Nobody did anything for four hours after noon; then every twelve hours, when people work.
    days = ["Fri 16:00", "Mon 09:00", "Tue 09:00", "Wed 09:00", "Thu 09:00", "Fri 09:00"]
    assert spoke(workspace, incident, STILL_OPEN) == days


def test_one_that_people_work_on_is_not_called_forgotten(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    for _ in range(3):
        workspace.after(hours=3)
        services.add_note(incident, text="Still looking.", by=ada.person, at=timezone.now())

    assert spoke(workspace, incident, STILL_OPEN) == []


def test_at_night_a_lead_is_missed_as_much_as_by_day(workspace: Workspace, ada: Actor) -> None:
    workspace.after(days=1, hours=15)
    incident = services.declare_incident(title="Nobody can sign in", reporter=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(days=7)

    assert spoke(workspace, incident, LEAD) == ["Sun 03:05", "Sun 03:15", "Sun 03:25"]
    assert spoke(workspace, incident, SEVERITY) == ["Sun 03:10", "Sun 03:30", "Sun 03:50"]
    assert spoke(workspace, incident, STILL_OPEN)[:2] == ["Mon 09:00", "Tue 09:00"]


def test_once_answered_they_are_silent_and_say_who_answered(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    workspace.after(minutes=17)
    ada.says("@incident lead @grace", in_=incident)
    ada.says("@incident severity minor", in_=incident)
    workspace.after(days=7)

    assert spoke(workspace, incident, LEAD) == ["Fri 12:05", "Fri 12:15"]
    assert spoke(workspace, incident, SEVERITY) == ["Fri 12:10"]
    asked = [message for message in workspace.channel(incident).messages() if LEAD in message.text]
    assert [message.text.splitlines()[-1] for message in asked] == ["Grace Hopper leads · by Ada Lovelace"] * 2
    assert [message.buttons for message in asked] == [[], []]


def test_what_is_there_from_the_start_is_never_asked_for(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident lead me", in_=incident)
    ada.says("@incident severity minor", in_=incident)
    workspace.after(days=7)

    assert spoke(workspace, incident, LEAD) + spoke(workspace, incident, SEVERITY) == []
    assert looks(incident, "nobody_leads") < 40  # ever less, four times a day at last


def test_a_lead_who_goes_is_missed_in_five_minutes(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident lead me", in_=incident)
    workspace.after(days=1)
    services.remove_lead(incident, by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(hours=1)

    assert spoke(workspace, incident, LEAD) == ["Sat 12:05", "Sat 12:15", "Sat 12:25"]


def test_quiet_until_monday_is_quiet_until_monday(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident quiet 2 days", in_=incident)
    workspace.after(days=7)

    assert spoke(workspace, incident, LEAD) == ["Sun 12:00", "Sun 12:10", "Sun 12:20"]
    assert spoke(workspace, incident, SEVERITY) == ["Sun 12:00", "Sun 12:20", "Sun 12:40"]
    assert spoke(workspace, incident, STILL_OPEN)[0] == "Mon 09:00"


def test_a_click_on_quiet_silences_all_reminders_for_an_hour(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    workspace.after(minutes=6)
    ada.clicks("Pause for an hour", in_=incident)
    workspace.after(days=7)

    assert spoke(workspace, incident, LEAD) == ["Fri 12:05", "Fri 13:06", "Fri 13:16"]
    assert spoke(workspace, incident, SEVERITY) == ["Fri 13:06", "Fri 13:26", "Fri 13:46"]


def test_an_end_ends_them_and_a_return_begins_anew(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    workspace.after(minutes=7)
    ada.says("@incident resolve Done", in_=incident)
    workspace.after(days=3)
    assert spoke(workspace, incident, LEAD) == ["Fri 12:05"]

    ada.says("@incident reopen", in_=incident)
    workspace.after(days=4)
    assert spoke(workspace, incident, LEAD)[1:] == ["Mon 12:12", "Mon 12:22", "Mon 12:32"]
    assert spoke(workspace, incident, SEVERITY) == ["Mon 12:17", "Mon 12:37", "Mon 12:57"]


def test_a_report_is_reminded_of_nothing_and_leaves_no_rows(workspace: Workspace, ada: Actor) -> None:
    report = services.declare_incident(
        title="Mails came late", reporter=ada.person, at=timezone.now(), kind=Kind.REPORT
    )
    services.request_channel(report, by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(days=7)

    assert not any(spoke(workspace, report, words) for words in (LEAD, SEVERITY, STILL_OPEN))
    assert not InboxEntry.objects.filter(kind="notification").exists()


def test_a_report_that_becomes_an_incident_is_reminded_from_then_on(workspace: Workspace, ada: Actor) -> None:
    report = services.declare_incident(
        title="Mails came late", reporter=ada.person, at=timezone.now(), kind=Kind.REPORT
    )
    services.request_channel(report, by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(days=1)
    services.change_kind(report, to=Kind.LIVE, by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(hours=2)

    assert spoke(workspace, report, LEAD) == ["Sat 12:00", "Sat 12:10", "Sat 12:20"]


def test_an_incident_that_nobody_can_be_asked_in_leaves_no_rows(
    workspace: Workspace, ada: Actor, settings: object
) -> None:
    settings.COMMS_CHANNEL = "never"  # type: ignore[attr-defined]
    services.declare_incident(title="Search is slow", reporter=ada.person, at=timezone.now())
    workspace.settle()
    workspace.after(days=7)

    assert not InboxEntry.objects.filter(kind="notification").exists()


def test_a_question_that_was_answered_before_it_could_be_said_is_not_said(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    workspace.sandbox.control(
        "faults", rules=[{"method": "chat.postMessage", "fault": "ratelimited", "retry_after": 900}]
    )
    workspace.after(minutes=6)
    assert OutboxEntry.objects.filter(kind="prompt", is_open=True).exists()
    services.assign_lead(incident, to=ada.person, by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.sandbox.control("faults", clear=True)
    workspace.after(minutes=30)

    assert spoke(workspace, incident, LEAD) == []
