"""Reminders speak when something is missing, and only then."""

from __future__ import annotations

import pytest

from incidents.models import Incident
from slackbot.models import Reminder
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process  # the clock of another one cannot be moved

NO_LEAD = "This incident has no lead yet"
NO_SEVERITY = "This incident has no severity yet"


def _count(workspace: Workspace, incident: Incident, words: str) -> int:
    return sum(words in text for text in workspace.channel(incident).texts)


def test_a_missing_lead_is_asked_for_three_times_and_no_more(workspace: Workspace, incident: Incident) -> None:
    assert _count(workspace, incident, NO_LEAD) == 0
    counts = []
    for _ in range(6):
        workspace.after(minutes=11)
        counts.append(_count(workspace, incident, NO_LEAD))

    assert counts == [1, 2, 3, 3, 3, 3]


def test_nobody_is_asked_for_what_is_there(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident lead me", in_=incident)
    ada.says("@incident severity minor", in_=incident)
    for _ in range(6):
        workspace.after(minutes=15)

    assert _count(workspace, incident, NO_LEAD) + _count(workspace, incident, NO_SEVERITY) == 0


def test_the_question_is_edited_to_say_who_answered_it(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    workspace.after(minutes=6)
    assert _count(workspace, incident, NO_LEAD) == 1
    ada.says("@incident lead @grace", in_=incident)

    question = next(message for message in workspace.channel(incident).messages() if NO_LEAD in message.text)
    assert "Grace Hopper leads · by Ada Lovelace" in question.text
    assert question.buttons == []


def test_a_turn_in_which_nothing_needed_saying_is_not_used_up(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.says("@incident lead me", in_=incident)
    workspace.after(minutes=60)

    assert Reminder.objects.get(incident=incident, handler__endswith="nobody_leads").turn == 0


def test_quiet_is_quiet_and_ends(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident quiet 1h", in_=incident)
    workspace.after(minutes=50)
    assert _count(workspace, incident, NO_LEAD) == 0

    workspace.after(minutes=11)
    assert _count(workspace, incident, NO_LEAD) == 1


def test_a_reminder_can_be_silenced_where_it_stands(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    workspace.after(minutes=6)
    ada.clicks("Pause for an hour", in_=incident)
    workspace.after(minutes=30)

    assert _count(workspace, incident, NO_LEAD) == 1
    assert _count(workspace, incident, NO_SEVERITY) == 0


def test_a_resolved_incident_is_left_in_peace(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident resolve Done", in_=incident)
    workspace.after(hours=10)

    assert _count(workspace, incident, NO_LEAD) == 0
    assert not Reminder.objects.filter(incident=incident, is_open=True).exists()
