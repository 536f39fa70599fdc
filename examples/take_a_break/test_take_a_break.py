from __future__ import annotations

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
    workspace.after(minutes=125)
    assert _breaks(workspace, incident) == ["☕ 2"]  # the turn in which it skipped was not used up


def test_it_ends_with_the_incident(workspace: Workspace, incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    ada.says("@incident close", in_=incident)
    workspace.after(minutes=125)

    assert _breaks(workspace, incident) == []


def test_help_is_asked_for_in_working_hours(workspace: Workspace, incident: Incident) -> None:
    asked_at = None
    for _ in range(5 * 24):  # a long weekend, hour by hour
        workspace.after(hours=1)
        if workspace.channel(incident).shows("Who can take over?"):
            asked_at = timezone.now().astimezone(LONDON)
            break

    assert asked_at is not None
    assert asked_at.weekday() < 5
    assert 9 <= asked_at.hour <= 17
