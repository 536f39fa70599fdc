from __future__ import annotations

import pytest

from incidents.models import Incident
from slackbot.testing import Actor, Workspace


@pytest.fixture(autouse=True)
def escalation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCALATION", "grace@example.com,gone@example.com,linus@example.com")


def test_each_level_is_called_in_turn_while_nobody_leads(
    workspace: Workspace, incident: Incident, grace: Actor, linus: Actor
) -> None:
    workspace.after(minutes=14)
    assert grace.direct_messages() == []

    workspace.after(minutes=2)
    assert grace.direct_messages() == [
        f"⏫ {incident.reference} *Checkout returns 500s* needs somebody who decides. Can you?"
    ]
    assert linus.direct_messages() == []

    workspace.after(minutes=10)
    assert len(linus.direct_messages()) == 1

    workspace.after(hours=3)
    assert len(grace.direct_messages() + linus.direct_messages()) == 2


def test_who_is_on_it_leads_and_nobody_else_is_called(
    workspace: Workspace, incident: Incident, grace: Actor, linus: Actor
) -> None:
    workspace.after(minutes=16)
    grace.joins(incident)
    grace.clicks("I am on it", in_=incident)
    workspace.after(hours=3)

    assert incident.lead == grace.person
    assert workspace.channel(incident).shows("✅ ~⏫ This incident has no lead.")
    assert linus.direct_messages() == []


def test_nobody_is_called_where_somebody_leads(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    ada.says("@incident lead me", in_=incident)
    workspace.after(hours=3)

    assert grace.direct_messages() == []


def test_a_level_can_be_called_at_once(workspace: Workspace, incident: Incident, ada: Actor, linus: Actor) -> None:
    ada.says("@incident escalate 2", in_=incident)

    assert len(linus.direct_messages()) == 1
    assert ada.told(in_=incident) == "Linus Torvalds is called."


def test_a_level_that_is_not_there_is_said_so(incident: Incident, ada: Actor) -> None:
    ada.says("@incident escalate 7", in_=incident)

    assert "There is no level 7. There are 2." in ada.told(in_=incident)

    ada.says("@incident escalate @grace & co", in_=incident)

    assert "There is no level @Grace Hopper &amp; co. There are 2." in ada.told(in_=incident)
