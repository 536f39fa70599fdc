"""`/incident` and free text: every word reaches the form, unless all of them are one complete command."""

from __future__ import annotations

import pytest

from incidents.models import Incident
from slackbot.testing import Actor, Workspace

TITLES = [
    "Close button does nothing",
    "Resolved hosts do not answer",
    "Cancel order fails",
    "Reopen tickets is broken",
    "New users cannot sign up",
    "Status page is empty",
    "Lead form rejects everybody",
    "Call centre hears nothing",
    "Invite e-mails bounce",
    "Role changes are lost",
    "Redis is down",
    "Help desk is unreachable",
    "List of invoices is empty",
    "Edit dialog crashes",
    "Merge requests time out",
    "Private messages leak",
    "Private on-call schedule is public",
    "Quiet hours are ignored",
    "Severity filter returns nothing",
    "Sev 1 alert storm",
    "Duration of calls is negative",
    "Field agents see no orders",
    "Operate console hangs",
    "Redact button removes nothing",
]
FREE = [
    "Update server is down",
    "Note service fails",
    "Summary mails are late",
    "Rename of files fails",
    "Todo app down",
]


@pytest.mark.parametrize("title", TITLES)
def test_free_text_in_an_incident_channel_opens_the_form_or_asks(
    workspace: Workspace, incident: Incident, ada: Actor, title: str
) -> None:
    before = list(incident.entries.values_list("text", flat=True))

    ada.says(f"/incident {title}", in_=incident)
    if not ada.has_dialog:
        ada.clicks("Declare a new incident", in_=incident)

    assert ada.dialog["title"]["text"] == "Declare an incident"
    assert ada.dialog_values["title"] == title
    assert list(incident.entries.values_list("text", flat=True)) == before


@pytest.mark.parametrize("title", [*TITLES, *FREE, "severity major"])
def test_free_text_elsewhere_opens_the_form_with_every_word(ada: Actor, title: str) -> None:
    ada.says(f"/incident {title}")

    assert ada.dialog_values["title"] == title


@pytest.mark.parametrize(
    ("words", "button", "status"),
    [
        ("resolve all is well", "Resolve INC-1", "resolved"),
        ("close all is well", "Resolve INC-1", "resolved"),
        ("cancel a false alarm", "Cancel INC-1", "canceled"),
    ],
)
def test_a_command_that_ends_an_incident_asks_first(
    workspace: Workspace, incident: Incident, ada: Actor, words: str, button: str, status: str
) -> None:
    ada.says(f"/incident {words}", in_=incident)
    incident.refresh_from_db()
    assert incident.is_open

    ada.clicks(button, in_=incident)

    incident.refresh_from_db()
    assert incident.status == status


def test_a_command_that_hides_an_incident_asks_first(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("/incident private on", in_=incident)
    incident.refresh_from_db()
    assert not incident.private

    ada.clicks("Make INC-1 private", in_=incident)

    incident.refresh_from_db()
    assert incident.private


def test_a_refused_command_offers_to_declare_with_every_word(incident: Incident, ada: Actor) -> None:
    ada.says("/incident reopen tickets is broken", in_=incident)

    assert "INC-1 is investigating, not resolved" in ada.told(in_=incident)
    ada.clicks("Declare a new incident", in_=incident)
    assert ada.dialog_values["title"] == "reopen tickets is broken"


def test_the_form_tells_why_the_words_are_no_command(incident: Incident, ada: Actor) -> None:
    ada.says("/incident severity huge", in_=incident)

    assert ada.dialog_values["title"] == "severity huge"
    assert "huge" in ada.dialog_text
    assert "Usage: `@incident severity &lt;critical|major|minor|trivial&gt;`" in ada.dialog_text


def test_no_command_is_guessed_that_would_not_read_the_words(incident: Incident, ada: Actor) -> None:
    ada.says("/incident Redis is down", in_=incident)

    assert "Did you mean" not in ada.dialog_text


def test_the_form_and_the_answer_name_open_incidents_with_a_similar_title(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    ada.says("/incident Checkout returns errors 500s")
    assert "INC-1" in ada.dialog_text
    ada.submits()

    assert "INC-1" in ada.told()
    assert "`@incident merge INC-1`" in ada.told()


@pytest.mark.parametrize("title", ["Mails are late", "Checkout is slow", "The"])
def test_other_titles_are_not_called_similar(incident: Incident, ada: Actor, title: str) -> None:
    ada.says(f"/incident {title}")

    assert "INC-1" not in ada.dialog_text


def test_a_private_or_resolved_incident_is_not_named(
    workspace: Workspace, incident: Incident, ada: Actor, linus: Actor
) -> None:
    ada.says("@incident private on", in_=incident)
    linus.says("/incident Checkout returns 500s")
    assert "INC-1" not in linus.dialog_text
    linus.submits()
    assert "INC-1" not in linus.told()


def test_words_that_are_too_long_for_a_title_are_kept_in_the_summary(ada: Actor) -> None:
    words = " ".join(f"word{number}" for number in range(60))
    ada.says(f"/incident {words}")

    assert ada.dialog_values["title"].startswith("word0 word1")
    assert ada.dialog_values["summary"] == words


@pytest.mark.parametrize("words", ["note service fails", "title is wrong on the invoice", "action items page fails"])
def test_a_title_that_was_taken_for_a_text_can_still_be_declared(incident: Incident, ada: Actor, words: str) -> None:
    ada.says(f"/incident {words}", in_=incident)
    assert f"✅ Done: `@incident {words}`" in ada.told(in_=incident)

    ada.clicks("Declare a new incident", in_=incident)
    assert ada.dialog_values["title"] == words


def test_an_update_goes_to_everyone_only_after_a_question(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("/incident update fails on android", in_=incident)
    assert not incident.entries.filter(kind="update_posted").exists()

    ada.clicks("Post update", in_=incident)
    assert "fails on android" in workspace.headline(incident).text


def test_an_answered_question_is_replaced_and_has_no_buttons(incident: Incident, ada: Actor) -> None:
    ada.says("/incident resolve all is well", in_=incident)
    ada.clicks("Resolve INC-1", in_=incident)

    (answer,) = [message for message in ada.sees(incident) if message.is_ephemeral]
    assert answer.text == "✅ Done"
    assert answer.buttons == []


def test_private_off_says_that_the_channel_stays_private(incident: Incident, ada: Actor) -> None:
    ada.says("@incident private on", in_=incident)
    ada.says("@incident private off", in_=incident)

    assert "Its channel stays private" in ada.told(in_=incident)
