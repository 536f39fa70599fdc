from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone

from incidents.models import Incident
from slackbot.testing import Actor, Workspace

LONDON = ZoneInfo("Europe/London")


def _breaks(workspace: Workspace, incident: Incident) -> list[str]:
    return [text.split(" hours")[0] for text in workspace.channel(incident).texts if "☕" in text]


def test_people_are_sent_for_a_break_every_two_hours_four_times(
    workspace: Workspace, incident: Incident, grace: Actor
) -> None:
    grace.joins(incident)
    workspace.after(minutes=115)
    assert _breaks(workspace, incident) == []

    for _ in range(6):
        workspace.after(minutes=121)
    assert _breaks(workspace, incident) == ["☕ 2", "☕ 4", "☕ 6", "☕ 8"]


def test_nobody_is_told_to_hand_over_to_nobody(workspace: Workspace, incident: Incident, grace: Actor) -> None:
    workspace.after(minutes=125)
    assert _breaks(workspace, incident) == []

    grace.joins(incident)
    workspace.after(minutes=30)
    assert _breaks(workspace, incident) == ["☕ 2"]  # the turn in which it skipped was not used up


def test_it_ends_with_the_incident(workspace: Workspace, incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    ada.says("@incident resolve Done", in_=incident)
    workspace.after(minutes=125)

    assert _breaks(workspace, incident) == []


def test_help_is_asked_for_in_working_hours(workspace: Workspace, ada: Actor) -> None:
    now = timezone.now().astimezone(LONDON)
    friday = (now + timedelta(days=(4 - now.weekday()) % 7 or 7)).replace(hour=12, minute=0)
    workspace.until(friday)
    ada.says("/incident Checkout returns 500s")
    ada.submits()
    workspace.after(days=7)  # eight hours later it was evening, and then it was the weekend

    (asked,) = (
        message
        for message in workspace.channel(Incident.objects.get()).messages()
        if "Who can take over?" in message.text
    )
    assert f"{datetime.fromtimestamp(float(asked.ts), tz=LONDON):%A %H:%M}" == "Monday 09:00"
