"""The welcome, and every reminder that asks for something, have the button that gives it."""

from __future__ import annotations

import pytest

from incidents.models import EntryKind, Incident
from people.models import Person
from slackbot.testing import Actor, Workspace
from slackbot.testing.workspace import Message
from tests import signed

NO_LEAD = "This incident has no lead yet"
NO_SEVERITY = "This incident has no severity yet"


def _shown(workspace: Workspace, incident: Incident, words: str) -> Message:
    return next(message for message in workspace.channel(incident).messages() if words in message.text)


def _buttons_of_welcome(workspace: Workspace, incident: Incident) -> list[str]:
    return [label.split(" ", 1)[1] for label in _shown(workspace, incident, "What to do next").buttons]


def test_welcome_offers_what_is_missing(workspace: Workspace, incident: Incident) -> None:
    assert _buttons_of_welcome(workspace, incident) == ["Take the lead", "Set severity", "Post update"]


def test_buttons_do_what_they_say_and_go_away(workspace: Workspace, incident: Incident, grace: Actor) -> None:
    grace.joins(incident)
    grace.clicks("Take the lead", in_=incident)
    assert _buttons_of_welcome(workspace, incident) == ["Set severity", "Post update"]
    grace.clicks("Set severity", in_=incident)
    grace.submits({"severity": "major"})
    assert _buttons_of_welcome(workspace, incident) == ["Post update"]
    grace.clicks("Post update", in_=incident)
    grace.submits({"update": "The disk is replaced"})

    headline = workspace.headline(incident).text
    assert f"{grace}" in headline
    assert "Major" in headline
    assert "The disk is replaced" in headline
    welcome = _shown(workspace, incident, "What to do next").text
    assert "Take the lead, or choose someone" not in welcome
    assert "Set the severity: " not in welcome


def test_welcome_of_an_ended_incident_has_no_buttons(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident cancel", in_=incident)
    assert _buttons_of_welcome(workspace, incident) == []

    ada.says("@incident reopen", in_=incident)
    assert "Take the lead" in _buttons_of_welcome(workspace, incident)


@pytest.mark.in_this_process
def test_a_late_click_removes_nobody(workspace: Workspace, incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    ada.says("@incident lead me", in_=incident)
    channel = workspace.channel(incident).id
    for actor in (grace, ada):
        signed.interaction(
            workspace,
            actor.id,
            type="block_actions",
            actions=[{"action_id": "take-lead", "block_id": f"incident-{incident.number}-steps", "action_ts": "1.1"}],
            channel={"id": channel},
        )
        workspace.settle()

    assert "already leads INC-1. To take over, use `@incident lead me`." in grace.told(in_=incident)
    assert "You already lead INC-1" in ada.told(in_=incident)
    assert incident.entries.filter(kind=EntryKind.LEAD_ASSIGNED).count() == 1


@pytest.mark.in_this_process  # the clock of another one cannot be moved
def test_reminders_have_the_button_that_answers_them(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    workspace.after(minutes=11)
    assert _shown(workspace, incident, NO_LEAD).buttons == ["🙋 Take the lead", "🔕 Pause for an hour"]
    assert _shown(workspace, incident, NO_SEVERITY).buttons == ["🌡️ Set severity", "🔕 Pause for an hour"]
    ada.clicks("Take the lead", in_=incident)
    ada.clicks("Set severity", in_=incident)
    ada.submits({"severity": "minor"})

    assert _shown(workspace, incident, NO_LEAD).buttons == []
    assert _shown(workspace, incident, NO_SEVERITY).buttons == []
    fresh = Incident.objects.get(pk=incident.pk)
    assert (fresh.lead, fresh.severity and fresh.severity.key) == (Person.objects.get(name="Ada Lovelace"), "minor")


@pytest.mark.in_this_process  # the clock of another one cannot be moved
def test_question_whether_it_is_over_can_be_answered_there(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.says("@incident lead me", in_=incident)
    workspace.after(days=4)  # it may be Saturday

    buttons = _shown(workspace, incident, "If it is over, write").buttons
    assert buttons[1:] == ["📣 Post update", "🔕 Pause for an hour"]
    assert "Resolve" in buttons[0]
