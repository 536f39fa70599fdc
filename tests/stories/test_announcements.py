"""The message that lists the latest changes: none is missing from it, however Slack answers and however long it is."""

from __future__ import annotations

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Incident, Severity, Status
from slackbot.models import OutboxEntry
from slackbot.plugins import CommandContext, incident_command
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process

REFUSED = [{"method": "chat.update", "fault": "error:edit_window_closed"}]


def _lines(workspace: Workspace, incident: Incident) -> str:
    return "\n".join(each for each in workspace.channel(incident).texts if "What to do next" not in each)


def _change_three_things(incident: Incident, ada: Actor) -> None:
    severity = Severity.objects.get(key="critical")
    services.change_status(incident, to=Status.MONITORING, by=ada.person, at=timezone.now())
    services.set_severity(incident, to=severity, by=ada.person, at=timezone.now())
    services.assign_lead(incident, to=ada.person, by=ada.person, at=timezone.now())


def test_what_slack_does_not_let_us_add_is_posted_whole(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    services.change_status(incident, to=Status.IDENTIFIED, by=ada.person, at=timezone.now())
    workspace.settle()
    workspace.sandbox.control("faults", rules=REFUSED)
    _change_three_things(incident, ada)
    workspace.settle()

    said = _lines(workspace, incident)
    for words in ("identified to monitoring", "to Critical", "took the lead", "investigating to identified"):
        assert said.count(words) == 1, words


@pytest.mark.parametrize("length", [1300, 2900])
def test_long_updates_leave_nothing_out(workspace: Workspace, incident: Incident, ada: Actor, length: int) -> None:
    for number in range(4):
        text = f"Update {number} " + "and so on " * (length // 10) + f"end {number}"
        services.post_update(incident, text=text[:3000], by=ada.person, at=timezone.now())
        workspace.settle()
    services.change_status(incident, to=Status.MONITORING, by=ada.person, at=timezone.now())
    workspace.settle()

    said = _lines(workspace, incident)
    for number in range(4):
        assert said.count(f"end {number}") == 1, number
    assert "to monitoring" in said


def test_the_end_is_a_message_even_if_the_last_one_may_be_there(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    workspace.sandbox.control("faults", rules=[{"method": "chat.postMessage", "fault": "lost_answer", "times": 1}])
    services.change_status(incident, to=Status.IDENTIFIED, by=ada.person, at=timezone.now())
    workspace.settle()
    assert OutboxEntry.objects.filter(kind="announcement", is_open=True).exists()
    services.resolve_incident(incident, by=ada.person, at=timezone.now())
    workspace.after(minutes=3)

    assert "Resolved · by Ada Lovelace" in workspace.channel(incident).texts


def test_a_change_by_a_command_elsewhere_is_told_in_the_incidents_channel(
    workspace: Workspace, incident: Incident, ada: Actor, registers: None
) -> None:
    other = services.declare_incident(title="Search is down", reporter=ada.person, at=timezone.now())
    workspace.settle()

    @incident_command("worse", help="make the other one critical", anywhere=True)
    def worse(ctx: CommandContext) -> None:
        _change_three_things(other, ada)

    ada.says("@incident worse", in_=incident)

    assert "to Critical" in _lines(workspace, other)
