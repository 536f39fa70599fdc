"""Slack sends a mention again, under a new event id, whenever a message that mentions us is edited."""

from __future__ import annotations

import pytest

from incidents.models import Incident
from slackbot.models import InboxEntry
from slackbot.testing import Actor, Workspace
from slackbot.testing.workspace import Message


def _edit(workspace: Workspace, incident: Incident, actor: Actor, said: Message, text: str) -> None:
    actor.does("message.edit", channel=workspace.channel(incident).id, ts=said.ts, text=text)


def _notes(incident: Incident) -> list[str]:
    return list(incident.entries.filter(kind="note_added").order_by("seq").values_list("text", flat=True))


def test_an_edit_beside_a_command_runs_nothing_again(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("@incident note the disk is full", in_=incident)
    _edit(workspace, incident, ada, said, "@incident note the disk is full ")
    _edit(workspace, incident, ada, said, "@incident note the disk is full\n@grace do you know more?")

    assert _notes(incident) == ["the disk is full"]


def test_an_old_command_that_is_edited_overwrites_nothing(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("@incident severity minor", in_=incident)
    ada.says("@incident severity critical", in_=incident)
    _edit(workspace, incident, ada, said, "@incident severity minor!")

    assert "Critical" in workspace.headline(incident).text
    assert "doesn't run a command that you changed" in ada.told(in_=incident)


def test_a_mention_that_an_edit_adds_is_obeyed_once(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("note the disk is full", in_=incident)
    _edit(workspace, incident, ada, said, "@incident note the disk is full")
    _edit(workspace, incident, ada, said, "@incident note the disk is full\nreally")

    assert _notes(incident) == ["the disk is full"]


def test_a_second_command_that_an_edit_adds_is_obeyed_alone(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    said = ada.says("@incident note one", in_=incident)
    _edit(workspace, incident, ada, said, "@incident note one\n@incident note two")
    _edit(workspace, incident, ada, said, "@incident note zero\n@incident note one\n@incident note two")

    assert _notes(incident) == ["one", "two", "zero"]


def test_a_command_whose_text_was_redacted_does_not_run_again(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    said = ada.says("@incident note the password is Zanzibar-7", in_=incident)
    entry = incident.entries.get(kind="note_added")
    ada.says(f"@incident redact {entry.seq} contained a password", in_=incident)
    ada.clicks("Redact it", in_=incident)
    _edit(workspace, incident, ada, said, "@incident note the password was removed")

    assert len(_notes(incident)) == 1
    assert "doesn't run a command that you changed" in ada.told(in_=incident)


@pytest.mark.in_this_process
def test_a_command_of_weeks_ago_does_not_run_again(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("@incident note the disk is full", in_=incident)
    workspace.after(days=20)
    InboxEntry.objects.filter(kind="mention").delete()  # as the janitor does
    _edit(workspace, incident, ada, said, "@incident note the disc is full")

    assert _notes(incident) == ["the disk is full"]
    assert "doesn't run a command that you changed" in ada.told(in_=incident)
