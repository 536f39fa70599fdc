"""Scripts of the sandbox, played against the product."""

from __future__ import annotations

from pathlib import Path

import pytest

from incidents.models import Incident
from slackbot.testing import Actor, PlayFailed, Workspace

CREW = Path(__file__).resolve().parents[2] / "sandbox/scripts/crew.yaml"


def test_a_crew_drills_with_somebody_who_is_alone(workspace: Workspace, ada: Actor) -> None:
    crew = workspace.plays(CREW)
    ada.says("/incident Checkout returns 500s")
    ada.submits({"lead": ada})
    crew.goes_on()
    ada.says("Linus, please roll back", in_=Incident.objects.get())
    crew.goes_on()

    channel = workspace.channel("#inc-1-checkout-returns-500s")
    assert {"U0GRACE", "U0LINUS", "U0KATHERINE"} <= set(channel.members)
    assert channel.shows("What do we know so far?")
    assert channel.shows("Rolled back. Errors fall")


def test_a_step_that_cannot_be_done_fails_the_story_with_its_sentence(workspace: Workspace, tmp_path: Path) -> None:
    script = tmp_path / "wrong.yaml"
    script.write_text('steps:\n  - {who: ada, clicks: Resolve, in: "#incidents"}\n')

    with pytest.raises(PlayFailed, match=r"wrong\.yaml, line 2 \(step 1\): There is no button 'Resolve'\."):
        workspace.plays(script)


def test_an_expectation_that_is_not_met_fails_the_story(
    workspace: Workspace, incident: Incident, tmp_path: Path
) -> None:
    script = tmp_path / "wrong.yaml"
    script.write_text(f'steps:\n  - {{expect: "#incidents", on: "{incident.title}", shows: Resolved}}\n')

    with pytest.raises(PlayFailed, match="does not show 'Resolved'"):
        workspace.plays(script)
