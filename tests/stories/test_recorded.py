"""Incidents that people clicked through once, recorded by the sandbox, and played again."""

from __future__ import annotations

from pathlib import Path

import pytest

from incidents.models import Incident
from slackbot.testing import Workspace

RECORDED = sorted((Path(__file__).parent / "recorded").glob("*.yaml"))


@pytest.mark.parametrize("script", RECORDED, ids=lambda script: script.stem)
def test_a_recorded_incident_goes_as_it_went(workspace: Workspace, script: Path) -> None:
    workspace.plays(script)

    incident = Incident.objects.get()
    assert incident.is_resolved
    assert incident.severity is not None
    assert (incident.severity.key, incident.lead and incident.lead.name) == ("major", "Grace Hopper")
    assert [(one.text, one.owner and one.owner.name) for one in incident.actions.all()] == [
        ("Check the size of the index after each build", "Linus Torvalds")
    ]
    assert [pin.text for pin in incident.pins.all()] == ["The index was rebuilt last night and is empty"]
