from __future__ import annotations

from incidents.models import Incident
from slackbot.testing import Actor, Workspace


def test_it_speaks_as_the_house_does(workspace: Workspace, incident: Incident) -> None:
    assert workspace.headline(incident).text.startswith("🔥 INC-1")
    assert workspace.channel(incident).name == "fire-1-checkout-returns-500s"

    workspace.after(minutes=6)
    assert workspace.channel(incident).shows("The engineer on call leads")


def test_what_is_left_to_do_is_counted_in_the_headline(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    assert "To do" not in workspace.headline(incident).text

    ada.says("@incident action Roll back", in_=incident)
    ada.says("@incident action Tell customers", in_=incident)
    assert "*To do*\n2 of 2 actions" in workspace.headline(incident).text

    ada.says("@incident action", in_=incident)
    ada.clicks("Complete", in_=incident)
    assert "*To do*\n1 of 2 actions" in workspace.headline(incident).text


def test_a_headline_without_a_lead_asks_for_one(workspace: Workspace, incident: Incident, grace: Actor) -> None:
    assert "nobody: will you?" in workspace.headline(incident).text

    grace.joins(incident)
    grace.says("@incident lead me", in_=incident)
    assert f"*Lead*\n{grace}" in workspace.headline(incident).text


def test_one_that_looks_the_same_is_not_drawn_again(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    before = len(workspace.calls("chat.update"))
    ada.says("@incident note A deploy began", in_=incident)

    assert len(workspace.calls("chat.update")) == before
