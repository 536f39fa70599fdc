"""A note that was wrong is corrected or withdrawn: by command, by editing its message, on the web."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from incidents import queries
from incidents.models import Incident
from slackbot.testing import Actor, Workspace
from tests.ui.pages import text

NOTES = ("note_added", "note_corrected", "note_withdrawn")


def _told(incident: Incident) -> list[str]:
    return [entry.text for entry in queries.timeline(incident).filter(kind__in=NOTES)]


def _seq(incident: Incident) -> int:
    return incident.entries.filter(kind__in=NOTES).latest("seq").seq


def test_a_note_is_corrected_and_withdrawn_by_command(incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    ada.says("@incident note The deploy began", in_=incident)
    number = _seq(incident)
    grace.says(f"@incident correct {number} Mine", in_=incident)
    assert "Only Ada Lovelace, the lead and Response administrators" in grace.told(in_=incident)

    ada.says(f"@incident correct {number} 00:01 The *rollback* began", in_=incident)
    assert _told(incident) == ["The **rollback** began"]
    ada.says("@incident correct", in_=incident)
    assert f"`@incident correct {_seq(incident)}`" in ada.told(in_=incident)
    ada.says(f"@incident withdraw {number}", in_=incident)
    assert _told(incident) == ["Note withdrawn"]


def test_a_title_that_begins_with_correct_is_a_title(ada: Actor, incident: Incident) -> None:
    ada.says("/incident correct totals are missing", in_=incident)

    assert ada.dialog_values["title"] == "correct totals are missing"


def test_an_edited_message_corrects_its_note(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("@incident note 00:01 The deploy began\n@incident note It failed", in_=incident)
    first = incident.entries.filter(kind="note_added").earliest("seq")
    edited = "@incident note 00:01 The rollback began\n@incident note It failed"
    ada.does("message.edit", channel=workspace.channel(incident).id, ts=said.ts, text=edited)

    assert sorted(_told(incident)) == ["It failed", "The rollback began"]
    assert incident.entries.get(kind="note_corrected").happened_at == first.happened_at
    assert "doesn't run a command" not in ada.told(in_=incident)


def test_a_deleted_message_withdraws_its_note(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    said = ada.says("@incident note The deploy began", in_=incident)
    ada.does("message.delete", channel=workspace.channel(incident).id, ts=said.ts)

    assert _told(incident) == ["Note withdrawn, because its message was deleted"]


@pytest.mark.in_this_process
def test_a_note_is_corrected_on_the_web(incident: Incident, ada: Actor) -> None:
    ada.says("@incident note The deploy began", in_=incident)
    person = ada.person
    person.login = User.objects.create_user("ada")
    person.save(update_fields=["login"])
    browser = Client()
    browser.force_login(person.login)
    address = f"/incidents/1/timeline/{_seq(incident)}/correct/"
    assert address in browser.get("/incidents/1/").content.decode()
    form = browser.get(address)
    assert "The deploy began" in form.content.decode()
    answer = browser.post(address, {"note": "The rollback began", "seen": _seq(incident), "do": "correct"}, follow=True)

    page = text(answer)
    assert "Note by Ada Lovelace Corrected by Ada Lovelace" in page
    assert "The rollback began Earlier versions Note by Ada Lovelace" in page
    late = browser.post(address, {"note": "Third", "seen": 1, "do": "correct"})
    assert late.status_code == 422
    assert "Somebody corrected this note while you were writing" in text(late)
    answer = browser.post(address, {"do": "withdraw"}, follow=True)
    assert "Withdrawn by Ada Lovelace" in text(answer)
    assert "Correct…" not in text(answer)


@pytest.mark.parametrize(("how", "says"), [("reaction", "added"), ("pin", "pinned")])
@pytest.mark.in_this_process
def test_the_page_says_how_a_message_came_there(
    workspace: Workspace, incident: Incident, ada: Actor, how: str, says: str
) -> None:
    said = ada.says("The cache is cold", in_=incident)
    if how == "pin":
        ada.pins(said, in_=incident)
    else:
        ada.does("reaction.add", channel=workspace.channel(incident).id, ts=said.ts, name="pushpin")
    person = ada.person
    person.login = User.objects.create_user("ada")
    person.save(update_fields=["login"])
    browser = Client()
    browser.force_login(person.login)

    assert f"Ada Lovelace said · {says} by Ada Lovelace" in text(browser.get("/incidents/1/"))


def test_withdrawing_explains_itself_and_may_be_repeated(incident: Incident, ada: Actor) -> None:
    ada.says("@incident note the disk is full", in_=incident)
    number = incident.entries.get(kind="note_added").seq
    ada.says("@incident withdraw", in_=incident)
    assert f"To withdraw a note, write `@incident withdraw {number}`" in ada.told(in_=incident)
    ada.says(f"@incident withdraw {number} because", in_=incident)
    assert "without “because”" in ada.told(in_=incident)

    for _ in range(2):
        ada.says(f"@incident withdraw {number}", in_=incident)
    assert "✅ This note is already withdrawn." in ada.told(in_=incident)
