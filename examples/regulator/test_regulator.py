from __future__ import annotations

from incidents.models import Incident
from slackbot.testing import Actor, Workspace

WAITS = "Then the regulator waits"


def test_who_declares_is_asked_for_the_region(workspace: Workspace, ada: Actor) -> None:
    ada.says("/incident Customer data in a log")
    ada.submits({"Affected region": "Europe"})

    incident = Incident.objects.get()
    assert "*Affected region*  Europe" in workspace.headline(incident).text
    assert workspace.channel(incident).shows(WAITS)


def test_europe_brings_up_the_regulator(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.says("@incident field affected region United States", in_=incident)
    assert not workspace.channel(incident).shows(WAITS)

    ada.says("@incident field affected region Europe", in_=incident)
    assert workspace.channel(incident).shows(WAITS)


def test_everybody_sees_whether_the_regulator_knows(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    ada.clicks("Edit")
    ada.submits({"Regulator informed?": "Yes"})

    incident.refresh_from_db()
    assert incident.fields["regulator_informed"] is True
    assert "*Regulator informed?*  Yes" in workspace.headline(incident).text
    assert workspace.channel(incident).shows("“Regulator informed?” set to Yes · by Ada")
