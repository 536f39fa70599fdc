from __future__ import annotations

from incidents.models import Incident
from slackbot.testing import Actor, Workspace

PAYMENTS = "https://runbooks.example.com/payments"


def test_a_runbook_is_found(incident: Incident, ada: Actor) -> None:
    ada.says("@incident runbook payments", in_=incident)

    assert PAYMENTS in ada.told(in_=incident)


def test_a_slash_command_finds_it_anywhere(workspace: Workspace, ada: Actor) -> None:
    ada.says("/incident runbook Payments", in_="#general")

    assert PAYMENTS in ada.told(in_="#general")


def test_one_that_is_not_there_is_said_so(incident: Incident, ada: Actor) -> None:
    ada.says("@incident runbook moon", in_=incident)

    assert "There is no runbook for moon. There are: payments, search, sign-in, r&amp;d." in ada.told(in_=incident)


def test_what_was_typed_is_looked_up_and_repeated_as_it_was_typed(incident: Incident, ada: Actor) -> None:
    ada.says("@incident runbook R&D", in_=incident)
    assert ada.told(in_=incident) == "📖 r&amp;d: https://runbooks.example.com/r-and-d"

    ada.says("@incident runbook Q&A of @grace", in_=incident)
    assert "There is no runbook for Q&amp;A of @Grace Hopper." in ada.told(in_=incident)


def test_alone_it_lists_them(incident: Incident, ada: Actor) -> None:
    ada.says("@incident runbooks", in_=incident)

    assert "sign-in" in ada.told(in_=incident)


def test_speaking_of_runbooks_brings_the_one_that_is_meant(
    workspace: Workspace, incident: Incident, grace: Actor
) -> None:
    grace.joins(incident)
    grace.says("Do we have a  Run book for payments?", in_=incident)

    assert workspace.channel(incident).shows(f"The runbook of payments: {PAYMENTS}")


def test_it_helps_and_does_not_chatter(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    for _ in range(3):
        ada.says("Where is the playbook?", in_=incident)
    assert _offers(workspace, incident) == 1

    workspace.after(minutes=31)
    ada.says("And a runbook?", in_=incident)
    assert _offers(workspace, incident) == 2


def test_other_words_that_contain_it_are_left_alone(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("We should write runbooks.", in_=incident)

    assert _offers(workspace, incident) == 0


def test_only_a_whole_word_is_a_service(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("Is there a runbook for research?", in_=incident)

    assert workspace.channel(incident).shows("📖 I know some")


def test_bots_that_speak_of_it_are_left_alone(workspace: Workspace, incident: Incident) -> None:
    workspace.bot_says("Deploy failed. See the runbook for payments.", in_=incident)

    assert _offers(workspace, incident) == 0


def _offers(workspace: Workspace, incident: Incident) -> int:
    return sum("📖" in text for text in workspace.channel(incident).texts)
