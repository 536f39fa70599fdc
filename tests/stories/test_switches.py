"""Operators switch off what an incident can do without, and on again; nothing is lost and nothing floods."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from incidents import services
from incidents.models import Incident
from jobs import switches
from jobs.errors import UnknownSwitch
from jobs.models import OperatorEntry, Switch
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process

UPDATE = "*Ada Lovelace*: Half of the cards work again"  # in the thread of the headline
NO_LEAD = "This incident has no lead yet"


def _count(workspace: Workspace, incident: Incident, words: str) -> int:
    return sum(words in text for text in workspace.channel(incident).texts)


def _said_by(command: str, *words: str) -> str:
    said = io.StringIO()
    call_command(command, *words, stdout=said)
    return said.getvalue()


def test_the_later_tier_waits_and_the_first_goes_on(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    call_command("switch", "off", "tier-1", "--why", "Slack limits us")
    ada.says("@incident update Half of the cards work again", in_=incident)
    ada.says("@incident severity critical", in_=incident)
    workspace.settle()
    assert UPDATE not in workspace.channel("#incidents").texts
    assert "Critical" in workspace.headline(incident).text
    assert "Critical" in workspace.channel(incident).topic

    call_command("switch", "on", "tier-1")
    workspace.settle()
    assert workspace.channel("#incidents").texts.count(UPDATE) == 1


def test_reminders_come_back_one_by_one(workspace: Workspace, incident: Incident) -> None:
    call_command("switch", "off", "reminders")
    workspace.after(hours=3)
    assert _count(workspace, incident, NO_LEAD) == 0

    call_command("switch", "on", "reminders")
    workspace.after(minutes=1)
    assert _count(workspace, incident, NO_LEAD) == 1


def test_reminders_of_many_incidents_do_not_flood(workspace: Workspace, ada: Actor) -> None:
    for number in range(10):
        services.declare_incident(title=f"Trouble {number}", reporter=ada.person, at=timezone.now())
    workspace.settle()
    call_command("switch", "off", "reminders")
    workspace.after(minutes=15)  # a lead and a severity are missing in each
    before = len(workspace.calls("chat.postMessage"))

    call_command("switch", "on", "reminders")
    said = []
    for seconds in (9, 21, 90):
        workspace.after(seconds=seconds)
        said.append(len(workspace.calls("chat.postMessage")) - before)
    assert said == [2, 7, 20]


@pytest.mark.parametrize(
    ("switch", "name"),
    [
        ("tier-1", "updates, pins and timeline notes in Slack"),
        ("tier-2", "reminders, statistics and plugins"),
        ("reminders", "all reminders"),
    ],
)
def test_every_turn_by_command_is_written_down_with_the_login(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, switch: str, name: str
) -> None:
    monkeypatch.setenv("LOGNAME", "ada")
    call_command("switch", "off", switch, "--why", "a drill")
    call_command("switch", "on", switch)

    written = OperatorEntry.objects.order_by("pk").values_list("door", "text")
    assert list(written) == [
        ("command line", f"ada: Disabled {name}: a drill"),
        ("command line", f"ada: Enabled {name}."),
    ]


def test_the_command_shows_by_whom_and_since_when(workspace: Workspace, settings: Any) -> None:
    settings.SWITCHED_OFF = ["reminders"]
    call_command("switch", "off", "tier-1", "--why", "a drill")
    since = Switch.objects.get().changed_at
    said = io.StringIO()

    call_command("switch", stdout=said)

    updates = "Updates, pins and timeline notes in Slack"
    assert said.getvalue().splitlines()[:3] == [
        f"off tier-1                  {updates} (since {since:%Y-%m-%d %H:%M} UTC): a drill",
        "on  tier-2                  Reminders, statistics and plugins",
        "off reminders               All reminders (by the environment)",
    ]


def test_what_the_environment_switches_is_written_down_once_for_each_change(
    workspace: Workspace, settings: Any
) -> None:
    for off in ([], ["tier-2"], ["tier-2"], ["tier-1", "tier-2"], [], []):
        settings.SWITCHED_OFF = off
        switches.note_environment(at=timezone.now())

    assert list(OperatorEntry.objects.order_by("pk").values_list("door", "text")) == [
        ("environment", "Disabled at startup: tier-2."),
        ("environment", "Disabled at startup: tier-1, tier-2."),
        ("environment", "No switch is disabled at startup any more."),
    ]


def test_what_the_environment_switches_off_is_off_since_the_start_that_did_so(
    workspace: Workspace, settings: Any
) -> None:
    began = timezone.now() - timedelta(days=2)
    switches.turn_on("tier-2", by=None, door="test", at=began)
    for day, off in enumerate((["tier-2"], [], ["tier-2"], ["tier-1", "tier-2"]), start=1):
        settings.SWITCHED_OFF = off
        switches.note_environment(at=began + timedelta(hours=day))
    switches.turn_off("reminders", by=None, door="test", why="a drill", at=began)

    since = {each.key: each.off_since for each in switches.positions() if each.is_off}
    assert since == {
        "tier-1": began + timedelta(hours=4),
        "tier-2": began + timedelta(hours=3),
        "reminders": began,
    }


def test_what_the_environment_holds_and_no_start_noted_has_no_time(workspace: Workspace, settings: Any) -> None:
    switches.turn_on("tier-1", by=None, door="test", at=timezone.now())
    settings.SWITCHED_OFF = ["tier-1"]

    assert next(each.off_since for each in switches.positions() if each.key == "tier-1") is None


def test_a_second_turn_without_a_reason_keeps_the_first(workspace: Workspace) -> None:
    call_command("switch", "off", "reminders", "--why", "a drill")
    call_command("switch", "off", "reminders")
    assert _said_by("switch").count("a drill") == 1

    call_command("switch", "off", "reminders", "--why", "a fire")
    assert "a fire" in _said_by("switch")
    call_command("switch", "on", "reminders")
    call_command("switch", "off", "reminders")
    assert "a fire" not in _said_by("switch")


def test_every_turn_is_written_down(workspace: Workspace, ada: Actor) -> None:
    switches.turn_off("reminders", by=ada.person, door="web", why="a drill", at=timezone.now())
    switches.turn_on("reminders", by=ada.person, door="web", at=timezone.now())

    written = list(OperatorEntry.objects.order_by("pk").values_list("actor__name", "text"))
    assert written == [
        ("Ada Lovelace", "Disabled all reminders: a drill"),
        ("Ada Lovelace", "Enabled all reminders."),
    ]


def test_a_reason_that_is_too_long_is_refused_with_a_sentence(workspace: Workspace, ada: Actor) -> None:
    with pytest.raises(CommandError, match=r"has 600 characters\. Use at most 500"):
        call_command("switch", "off", "reminders", "--why", "x" * 600)
    ada.says(f"/incident operate off reminders {'x' * 600}", in_="#general")
    assert "The reason has 600 characters. Use at most 500." in ada.told(in_="#general")

    assert not switches.is_off("reminders")


def test_there_is_no_switch_for_what_an_incident_needs(workspace: Workspace) -> None:
    with pytest.raises(UnknownSwitch, match="“tier-0” isn't a switch"):
        switches.turn_off("tier-0", by=None, door="test", why="", at=timezone.now())


def test_operators_switch_from_slack(workspace: Workspace, ada: Actor, settings: Any) -> None:
    ada.says("/incident operate off reminders It is a drill", in_="#general")
    assert "`reminders` is off." in ada.told(in_="#general")
    ada.says("/incident operate", in_="#general")
    assert "`reminders` is *off*: All reminders (It is a drill)" in ada.told(in_="#general")

    settings.SANDBOX = False
    ada.says("/incident operate on reminders", in_="#general")
    assert "You don't have permission to do that. Ask your Response administrator." in ada.told(in_="#general")
