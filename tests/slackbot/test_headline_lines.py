"""Lines of the headline that plugins add or replace, and what becomes of one that fails."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Incident
from slackbot.kit.registry import HeadlineLine, RegistrationError, Registry
from slackbot.plugins import headline_line
from slackbot.testing import Actor, Workspace

# What is registered here is known in this process only.
pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]


def _change_something(workspace: Workspace, incident: Incident, ada: Actor) -> str:
    services.rename_incident(incident, to="Checkout is slow", by=ada.person, at=timezone.now())
    workspace.settle()
    return workspace.headline(incident).text


def test_a_line_stands_where_its_order_says(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    @headline_line("region", order=25, style="short")
    def region(incident: Incident) -> str:
        return "*Region*\nEurope"

    text = _change_something(workspace, incident, ada)

    assert text.index("*Severity*") < text.index("*Region*\nEurope") < text.index("*Lead*")


@pytest.mark.parametrize("wrong", [RuntimeError("broken"), 7])
def test_a_line_that_fails_is_left_out_and_the_one_it_replaced_stands(
    workspace: Workspace, incident: Incident, ada: Actor, wrong: Any
) -> None:
    def broken(incident: Incident) -> str:
        if isinstance(wrong, Exception):
            raise wrong
        found: str = wrong
        return found

    headline_line("region", order=25)(broken)

    def status(incident: Incident) -> str:
        return broken(incident)

    headline_line("status", order=10, replace=True)(status)

    text = _change_something(workspace, incident, ada)

    assert "Checkout is slow" in text
    assert "*Status*\nInvestigating" in text


def test_a_headline_that_slack_rejects_is_drawn_without_plugins(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    @headline_line("region", order=25)
    def region(incident: Incident) -> str:
        return "*Region*\nEurope"

    rule = {"method": "chat.update", "fault": "error:invalid_blocks", "times": 1}
    workspace.sandbox.control("faults", rules=[rule])
    text = _change_something(workspace, incident, ada)
    assert "Checkout is slow" in text
    assert "Europe" not in text

    services.rename_incident(incident, to="Cards are refused", by=ada.person, at=timezone.now())
    workspace.settle()
    assert "Europe" in workspace.headline(incident).text


def test_a_line_that_hangs_is_left_out_and_the_headline_drawn(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    enough = Event()

    @headline_line("lead", order=30, style="short", replace=True)
    def hangs(incident: Incident) -> str:
        enough.wait(30)
        return "too late"

    text = _change_something(workspace, incident, ada)
    enough.set()

    assert "Checkout is slow" in text
    assert "*Lead*\n_not set_" in text


def test_lines_that_are_too_long_or_too_many_do_not_cost_the_headline(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    def make(number: int) -> None:
        def much(incident: Incident) -> str:
            return "💥" * 2000

        much.__qualname__ = f"much{number}"
        headline_line(f"much{number}", order=200 + number, style="small")(much)

    for number in range(30):
        make(number)

    text = _change_something(workspace, incident, ada)

    assert "Checkout is slow" in text
    assert "💥" in text


def test_the_same_name_twice_stops_the_start_and_names_both_places() -> None:
    with pytest.raises(RegistrationError, match="twice") as refused:

        @headline_line("status", order=5)
        def status(incident: Incident) -> str:
            return ""

    assert "slack_handlers/headline.py" in str(refused.value)
    assert "test_headline_lines.py" in str(refused.value)


@pytest.mark.parametrize(("name", "style"), [("Two words", "short"), ("region", "loud")])
def test_a_wrong_name_or_style_stops_the_start(name: str, style: Any) -> None:
    line = HeadlineLine(name, lambda incident: "", 1, style)

    with pytest.raises(RegistrationError, match=r"test_headline_lines\.py"):
        Registry().add(line, replace=False)
