"""What operators switch off of a plugin. Run by `test_examples` with the runbook installed."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.utils import timezone

from incidents.models import Incident
from jobs import switches
from slackbot.models import InboxEntry
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process


def test_a_plugin_that_is_off_is_not_run_and_says_so(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    call_command("switch", "off", "plugin:runbook", "--why", "it answers rubbish")
    ada.says("@incident runbook payments", in_=incident)
    assert "disabled" in ada.told(in_=incident)
    ada.says("/incident runbook payments", in_=incident)
    assert "disabled" in ada.told(in_=incident)

    call_command("switch", "on", "plugin:runbook")
    ada.says("@incident runbook payments", in_=incident)
    assert "disabled" not in ada.told(in_=incident)


def test_what_a_plugin_missed_for_hours_is_not_said_late(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    switches.turn_off("tier-2", by=None, door="test", why="", at=timezone.now())
    ada.says("Where is the playbook?", in_=incident)
    workspace.settle()
    assert InboxEntry.objects.filter(is_open=True).exists()
    workspace.after(hours=2)

    switches.turn_on("tier-2", by=None, door="test", at=timezone.now())
    workspace.settle()
    assert not workspace.channel(incident).shows("📖")
    assert not InboxEntry.objects.filter(is_open=True).exists()
