"""A refusal of any domain is an answer: the person sees its sentence, and nothing is retried."""

from __future__ import annotations

import pytest

from incidents.models import Incident
from people.errors import Refusal
from slackbot.models import InboxEntry
from slackbot.plugins import (
    CommandContext,
    Dialog,
    DialogContext,
    Text,
    VetoContext,
    before_change,
    dialog_handler,
    incident_command,
)
from slackbot.testing import Actor, FormRefused, Workspace

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]


class NobodyOnCall(Refusal):
    """A refusal of another domain than that of incidents."""


@pytest.mark.parametrize("words", ["@incident wake", "/incident wake"])
def test_a_command_shows_the_refusal_of_another_domain(
    workspace: Workspace, incident: Incident, ada: Actor, words: str
) -> None:
    @incident_command("wake", help="wake someone")
    def wake(ctx: CommandContext) -> None:
        raise NobodyOnCall("Nobody is on call for payments.")

    ada.says(words, in_=incident)

    assert "Nobody is on call for payments." in ada.told(in_=incident)
    assert not InboxEntry.objects.filter(attempts__gt=1).exists()


def test_a_dialog_shows_the_refusal_of_another_domain(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    @incident_command("wake", help="wake someone")
    def wake(ctx: CommandContext) -> None:
        ctx.open_dialog(Dialog(id="wake", title="Wake someone", fields=[Text(name="whom", label="Whom")]))

    @dialog_handler("wake")
    def woken(ctx: DialogContext) -> None:
        raise NobodyOnCall("Nobody is on call for payments.")

    ada.says("/incident wake", in_=incident)

    with pytest.raises(FormRefused, match=r"Nobody is on call for payments\."):
        ada.submits({"whom": "Grace"})


def test_a_veto_refuses_with_the_refusal_of_another_domain(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    @before_change("severity_changed")
    def veto(ctx: VetoContext) -> None:
        raise NobodyOnCall("Nobody is on call for payments.")

    ada.says("@incident severity major", in_=incident)

    incident.refresh_from_db()
    assert "Nobody is on call for payments." in ada.told(in_=incident)
    assert incident.severity is None
