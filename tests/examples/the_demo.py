"""The demo, played against the product with its plugins. Run by test_demo.py."""

from __future__ import annotations

from pathlib import Path

from incidents.models import Incident
from slackbot.testing import Workspace

DEMO = Path(__file__).resolve().parents[2] / "response/scripts/demo.yaml"


def test_the_demo_shows_what_it_says(workspace: Workspace) -> None:
    workspace.plays(DEMO)

    incident = Incident.objects.get()
    assert incident.is_resolved
    assert incident.severity is not None
    assert (incident.severity.key, incident.lead and incident.lead.name) == ("critical", "Grace Hopper")
    assert incident.pins.count() == 2
    assert incident.actions.get().owner.name == "Linus Torvalds"  # type: ignore[union-attr]
