"""A plugin may refuse a change before it is made, from every door; one that is broken refuses nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from incidents import services, vetoes
from incidents.models import Incident, Severity
from people.models import Person
from slackbot.inbound import interactive
from slackbot.models import InboxEntry
from slackbot.plugins import CommandContext, IncidentError, VetoContext, before_change, incident_command
from slackbot.testing import Actor, Workspace
from tests.ui.test_api import Program

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]


@pytest.fixture(autouse=True)
def _nobody_rests() -> None:
    interactive._resting.clear()


def refuses(sentence: str = "Not before noon.") -> list[VetoContext]:
    asked: list[VetoContext] = []

    @before_change("severity_changed")
    def veto(ctx: VetoContext) -> str:
        asked.append(ctx)
        return sentence

    return asked


def severity_of(incident: Incident) -> str | None:
    incident.refresh_from_db()
    return incident.severity.key if incident.severity else None


@pytest.mark.parametrize("words", ["@incident severity major", "/incident severity major"])
def test_a_command_is_refused_with_the_sentence(
    workspace: Workspace, incident: Incident, ada: Actor, words: str
) -> None:
    asked = refuses()
    ada.says(words, in_=incident)

    assert "Not before noon." in ada.told(in_=incident)
    assert severity_of(incident) is None
    (ctx,) = asked
    assert (ctx.incident, ctx.actor, ctx.kind) == (incident, ada.person, "severity_changed")
    assert ctx.incident.severity is None, "as it was before"


def test_what_is_chosen_when_declaring_is_not_asked_about(workspace: Workspace, ada: Actor) -> None:
    asked = refuses()
    ada.says("/incident Checkout returns 500s")
    ada.submits({"severity": "critical"})

    assert severity_of(Incident.objects.get()) == "critical"
    assert asked == []


def test_an_error_refuses_as_well(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    @before_change("severity_changed")
    def veto(ctx: VetoContext) -> None:
        raise IncidentError("Ask the board.")

    ada.says("@incident severity major", in_=incident)

    assert "Ask the board." in ada.told(in_=incident)
    assert severity_of(incident) is None


def test_a_plugins_own_command_is_asked_about_too(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    refuses()

    @incident_command("worse", help="")
    def worse(ctx: CommandContext) -> None:
        major = Severity.objects.get(key="major")
        services.set_severity(ctx.incident, to=major, by=ctx.actor, at=ctx.now)

    for words in ("@incident worse", "/incident worse"):
        ada.says(words, in_=incident)
        assert "Not before noon." in ada.told(in_=incident)
    assert severity_of(incident) is None


def test_a_service_called_by_another_door_is_refused(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    refuses()

    with pytest.raises(vetoes.Vetoed, match="Not before noon"):
        services.set_severity(incident, to=Severity.objects.get(key="major"), by=ada.person, at=timezone.now())
    assert severity_of(incident) is None


def test_the_web_shows_the_sentence(
    workspace: Workspace, incident: Incident, ada: Actor, browser_of: Callable[[Person], Client]
) -> None:
    @before_change("resolved")
    def veto(ctx: VetoContext) -> str:
        return "Not before noon."

    answer = browser_of(ada.person).post(f"/incidents/{incident.number}/resolve/", follow=True)

    incident.refresh_from_db()
    assert incident.is_open
    assert "Not before noon." in answer.content.decode()


@pytest.fixture(params=["with a key", "without a key"])
def program(request: pytest.FixtureRequest, ada: Actor) -> Program:
    """Something of Ada's that calls the API, with or without an `Idempotency-Key`."""
    program = Program(ada.person)
    program.client.defaults |= {"HTTP_IDEMPOTENCY_KEY": "once"} if request.param == "with a key" else {}
    return program


def test_a_call_of_the_api_is_answered_with_the_sentence(incident: Incident, program: Program) -> None:
    asked = refuses()

    for _ in range(2):
        assert program.changes(400, severity="major")["error"] == "Not before noon."
    assert severity_of(incident) is None
    assert len(asked) == 2

    assert program.changes(title="Checkout is slow")["title"] == "Checkout is slow", "nothing is kept of a refused call"


def test_a_call_of_the_api_that_nobody_refuses_is_made(incident: Incident, program: Program) -> None:
    asked = refuses("")

    assert program.changes(severity="major")["severity"]["key"] == "major"

    assert len(asked) == 1
    assert incident.entries.filter(kind="severity_changed").count() == 1


NOTES = ("note_added", "note_corrected", "note_withdrawn")


def keeps_notes(asked: list[VetoContext], *, which: Callable[[VetoContext], bool] = lambda ctx: True) -> None:
    for kind in ("note_corrected", "note_withdrawn"):

        @before_change(kind)
        def veto(ctx: VetoContext) -> str | None:
            asked.append(ctx)
            return "What is written stays." if which(ctx) else None


def notes_of(incident: Incident) -> list[str]:
    return [entry.text for entry in incident.entries.filter(kind__in=NOTES).order_by("seq")]


def test_correcting_and_withdrawing_a_note_are_refused_at_every_door(
    workspace: Workspace, incident: Incident, ada: Actor, program: Program, browser_of: Callable[[Person], Client]
) -> None:
    asked: list[VetoContext] = []
    keeps_notes(asked)
    said = ada.says("@incident note The deploy began", in_=incident)
    note = incident.entries.get(kind="note_added").seq

    for words in (f"correct {note} It was the rollback", f"withdraw {note}"):
        ada.says(f"@incident {words}", in_=incident)
        assert "What is written stays." in ada.told(in_=incident)
    edited = "@incident note The rollback began"
    ada.does("message.edit", channel=workspace.channel(incident).id, ts=said.ts, text=edited)
    for body in ({"note": "It was the rollback"}, {"do": "withdraw"}):
        answer = browser_of(ada.person).post(f"/incidents/1/timeline/{note}/correct/", body, follow=True)
        assert "What is written stays." in answer.content.decode()
    for call, sent in (("correction", {"text": "It was the rollback"}), ("withdrawal", None)):
        refused = program.sends(f"incidents/1/timeline/{note}/{call}", sent, expect=400)
        assert refused["error"] == "What is written stays."

    assert notes_of(incident) == ["The deploy began"]
    assert [ctx.kind for ctx in asked] == [
        *("note_corrected", "note_withdrawn", "note_corrected"),
        *("note_corrected", "note_withdrawn") * 2,
    ]
    assert {ctx.data["note"] for ctx in asked} == {note}
    assert {ctx.actor for ctx in asked} == {ada.person}


def test_of_two_notes_that_are_withdrawn_at_once_each_is_asked_about(incident: Incident, ada: Actor) -> None:
    for words in ("One", "Two"):
        ada.says(f"@incident note {words}", in_=incident)
    one, two = (entry.seq for entry in incident.entries.filter(kind="note_added").order_by("seq"))
    keeps_notes([], which=lambda ctx: ctx.data["note"] == one)

    ada.says(f"@incident withdraw {one}\n@incident withdraw {two}", in_=incident)

    assert [entry.data["note"] for entry in incident.entries.filter(kind="note_withdrawn")] == [two]


def test_a_note_whose_message_is_deleted_is_withdrawn_unasked(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    asked: list[VetoContext] = []
    keeps_notes(asked)
    said = ada.says("@incident note The deploy began", in_=incident)
    ada.does("message.delete", channel=workspace.channel(incident).id, ts=said.ts)

    assert incident.entries.filter(kind="note_withdrawn").exists()
    assert asked == []


def test_what_nobody_refuses_is_made_once(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    asked = refuses("")
    ada.says("@incident severity major", in_=incident)
    ada.says("@incident lead me", in_=incident)

    assert severity_of(incident) == "major"
    assert len(asked) == 1
    assert incident.entries.filter(kind="severity_changed").count() == 1
    assert not InboxEntry.objects.filter(kind="veto").exists()


def test_what_a_veto_writes_is_undone(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    @before_change("severity_changed")
    def veto(ctx: VetoContext) -> None:
        Incident.objects.filter(pk=ctx.incident.pk).update(title="Rewritten")

    ada.says("@incident severity major", in_=incident)

    assert severity_of(incident) == "major"
    assert incident.title == "Checkout returns 500s"


@pytest.mark.parametrize("how", ["raises", "rubbish"])
def test_a_broken_veto_refuses_nothing_and_rests(
    workspace: Workspace, incident: Incident, ada: Actor, how: str
) -> None:
    asked: list[int] = []

    @before_change("severity_changed")
    def veto(ctx: VetoContext) -> str:
        asked.append(1)
        if how == "raises":
            raise ZeroDivisionError
        return 3  # type: ignore[return-value]

    ada.says("@incident severity major", in_=incident)
    assert severity_of(incident) == "major"

    ada.says("@incident severity minor", in_=incident)
    assert severity_of(incident) == "minor"
    assert len(asked) == 1
    assert "Error" in InboxEntry.objects.get(kind="veto").error


def test_one_that_is_broken_does_not_hide_another(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    @before_change("severity_changed")
    def broken(ctx: VetoContext) -> str:
        raise ZeroDivisionError

    refuses()
    ada.says("@incident severity major", in_=incident)

    assert severity_of(incident) is None
