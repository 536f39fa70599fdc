"""A merged incident asks for nothing any more."""

from __future__ import annotations

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Incident
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process  # it moves the clock


@pytest.fixture
def other(incident: Incident, workspace: Workspace, grace: Actor) -> Incident:
    declared = services.declare_incident(title="Payments time out", reporter=grace.person, at=timezone.now())
    workspace.settle()
    return declared


def test_a_merged_incident_is_left_in_peace(
    workspace: Workspace, incident: Incident, other: Incident, ada: Actor
) -> None:
    workspace.after(minutes=6)
    asked = next(each for each in workspace.channel(incident).messages() if "This incident has no lead" in each.text)
    ada.says("@incident merge INC-2", in_=incident)
    before = len(workspace.channel(incident).texts)

    workspace.after(days=1)

    settled = next(each for each in workspace.channel(incident).messages() if each.ts == asked.ts)
    assert "~This incident has no lead" in settled.text
    assert "Merged into INC-2 · by Ada Lovelace" in settled.text
    assert len(workspace.channel(incident).texts) == before
