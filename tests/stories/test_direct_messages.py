"""What somebody writes to the app directly: the same commands, an answer to everything, and a question where needed."""

from __future__ import annotations

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Incident, Kind
from slackbot.testing import Actor, Channel, Message, Workspace


def writes(actor: Actor, text: str) -> list[Message]:
    """Write to the app and return what it answered."""
    place = _direct(actor)
    before = len(place.messages(user_id=actor.id))
    actor.says(text, in_=place)
    return [each for each in place.messages(user_id=actor.id)[before:] if each.raw.get("user") != actor.id]


def _direct(actor: Actor) -> Channel:
    answer = actor.does("channel.open_dm", users=[actor.workspace.BOT])
    return actor.workspace.channel(answer["channel"]["id"])


@pytest.fixture
def second(incident: Incident, ada: Actor) -> Incident:
    found = services.declare_incident(title="Mails are late", reporter=ada.person, at=timezone.now())
    ada.workspace.settle()
    return found


@pytest.mark.parametrize("text", ["hello", "help", "@incident help", "what is going on?"])
def test_everything_is_answered_with_what_it_understands(ada: Actor, text: str) -> None:
    (answer,) = writes(ada, text)

    assert "@incident lead" in answer.text


def test_a_command_that_works_anywhere_works_here(incident: Incident, ada: Actor) -> None:
    (answer,) = writes(ada, "list")

    assert "Checkout returns 500s" in answer.text


@pytest.mark.parametrize("text", ["severity major", "@incident severity major", "INC-1 severity major", "inc-1: sev 2"])
def test_a_command_runs_in_the_only_open_incident_or_the_one_it_names(
    workspace: Workspace, incident: Incident, ada: Actor, text: str
) -> None:
    (answer,) = writes(ada, text)

    assert answer.text == "✅ INC-1: done."
    assert "Major" in workspace.headline(incident).text


def test_a_command_that_may_be_meant_in_several_incidents_asks_in_which(
    workspace: Workspace, second: Incident, incident: Incident, ada: Actor
) -> None:
    (answer,) = writes(ada, "severity major")
    assert answer.buttons == ["INC-2 Mails are late", "INC-1 Checkout returns 500s"]

    ada.clicks("INC-1", in_=_direct(ada))

    assert "Major" in workspace.headline(incident).text
    assert "Major" not in workspace.headline(second).text
    newest = workspace.channel(_direct(ada)).messages(user_id=ada.id)[-1]
    assert (newest.text, newest.buttons) == ("✅ INC-1: done.", [])


@pytest.mark.parametrize("text", ["resolve All is well", "INC-1 resolve All is well"])
def test_a_command_that_ends_an_incident_asks_first(incident: Incident, ada: Actor, text: str) -> None:
    (answer,) = writes(ada, text)
    incident.refresh_from_db()
    assert incident.is_open

    ada.clicks(answer.buttons[0], in_=_direct(ada))

    incident.refresh_from_db()
    assert incident.is_resolved


def test_a_form_opens_by_a_button(incident: Incident, ada: Actor) -> None:
    writes(ada, "edit")
    ada.clicks("Open the form", in_=_direct(ada))

    assert ada.dialog["title"]["text"] == "Edit INC-1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("INC-7 severity major", "There is no incident INC-7."),
        ("severity huge", "“huge” isn't a severity."),
        ("servity major", "Did you mean"),
    ],
)
def test_what_cannot_be_done_is_answered_with_a_sentence(incident: Incident, ada: Actor, text: str, words: str) -> None:
    (answer,) = writes(ada, text)

    assert words in answer.text


@pytest.mark.parametrize("private", [False, True])
def test_an_invitation_without_a_channel_is_answered_with_what_becomes_of_it(
    workspace: Workspace, ada: Actor, linus: Actor, private: bool
) -> None:
    report = services.declare_incident(
        title="Mails were late", reporter=ada.person, kind=Kind.REPORT, private=private, at=timezone.now()
    )
    workspace.settle()

    (answer,) = writes(ada, "INC-1 invite @linus")

    assert ("once it has one" if private else "has no channel. Choose") in answer.text
    assert report.members.filter(person=linus.person).exists() == private


def test_without_an_open_incident_the_answer_says_so(ada: Actor) -> None:
    (answer,) = writes(ada, "severity major")

    assert "No incidents are open." in answer.text


def test_a_private_incident_does_not_exist_for_others(workspace: Workspace, ada: Actor, linus: Actor) -> None:
    services.declare_incident(title="A leak", reporter=ada.person, at=timezone.now(), private=True)
    workspace.settle()

    for text in ("severity major", "INC-1 severity major", "list"):
        assert "leak" not in "\n".join(each.text for each in writes(linus, text))
    assert Incident.objects.get().severity is None


def test_the_same_message_delivered_twice_is_obeyed_once(incident: Incident, workspace: Workspace, ada: Actor) -> None:
    writes(ada, "action Order a pump")
    events = [each for each in workspace.sandbox.get("deliveries")["deliveries"] if each["type"] == "message"]
    workspace.sandbox.control(f"deliveries/{events[-1]['id']}/redeliver")
    workspace.settle()

    assert incident.actions.count() == 1
