"""What is given up is told to who asked. Nobody waits for an answer that never comes."""

from __future__ import annotations

import pytest
from django.utils import timezone

from incidents.models import Incident
from jobs import backlog
from slackbot.models import InboxEntry
from slackbot.operators import auditor
from slackbot.plugins import (
    ActionContext,
    Button,
    CommandContext,
    Dialog,
    DialogContext,
    IncidentError,
    Text,
    action_handler,
    dialog_handler,
    headline_action,
    incident_command,
)
from slackbot.testing import Actor, Workspace

pytestmark = [pytest.mark.in_this_process, pytest.mark.usefixtures("registers")]


def test_a_command_by_mention_that_always_fails_is_answered(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    @incident_command("divide", help="divide by zero")
    def divide(ctx: CommandContext) -> None:
        raise ZeroDivisionError("by <!channel>")

    ada.says("@incident divide", in_=incident)
    assert ada.told(in_=incident) == ""  # it is tried again
    workspace.after(minutes=1)

    told = ada.told(in_=incident)
    assert "`divide` failed after several attempts: ZeroDivisionError: by &lt;!channel&gt;." in told


CRASHED = """Its process was killed by SIGSEGV.
Fatal Python error: Segmentation fault

Current thread 0x00007f9dfddf6b80 (most recent call first):
  File "/plugins/acme.py", line 6 in crash

Extension modules: yaml._yaml, greenlet._greenlet (total: 2)"""


def test_a_command_that_ends_its_process_is_answered_with_its_signal(
    workspace: Workspace, incident: Incident, ada: Actor
) -> None:
    @incident_command("crash", help="crash")
    def crash(ctx: CommandContext) -> None:
        raise NotImplementedError

    ada.says("@incident crash", in_=incident)
    InboxEntry.objects.filter(failures=1).update(attempts=4, error=CRASHED)  # as three deaths leave it
    workspace.after(minutes=1)

    sentence = "Its process was killed by SIGSEGV."
    row = InboxEntry.objects.get(given_up_at__isnull=False)
    assert (
        f"failed after several attempts: {sentence} Ask your Response administrator; the log has the details."
        in ada.told(in_=incident)
    )
    assert auditor.audit(timezone.now()) == [
        f"{backlog.shown([('in', row)], viewer=None)[0].name} failed permanently (in {row.pk}): {sentence}"
    ]


def test_a_background_click_that_always_fails_is_answered(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    tries: list[str] = []

    @headline_action(order=990)
    def button(incident: Incident) -> Button:
        return Button(text="Call", action_id="call")

    @action_handler("call", background=True)
    def call(ctx: ActionContext) -> None:
        tries.append(ctx.idempotency_key)
        raise ConnectionError("nobody answers")

    ada.says("@incident severity minor", in_=incident)  # draws the headline anew
    ada.clicks("Call")
    workspace.after(minutes=1)

    assert len(tries) == 5
    assert len(set(tries)) == 1
    assert "`call` failed after several attempts" in ada.told(in_="#incidents")
    assert "nobody answers" in ada.told(in_="#incidents")


def test_a_background_dialog_that_always_fails_is_answered(workspace: Workspace, ada: Actor) -> None:
    @incident_command("ask", help="ask", anywhere=True)
    def ask(ctx: CommandContext) -> None:
        ctx.open_dialog(Dialog(id="ask", title="Ask", fields=[Text(name="what", label="What")]))

    @dialog_handler("ask", background=True)
    def asked(ctx: DialogContext) -> None:
        raise ConnectionError("nobody answers")

    ada.says("/incident ask")
    ada.submits({"what": "anything"})
    workspace.after(minutes=1)

    assert "`ask` failed after several attempts" in ada.told()


def test_a_refusal_is_told_at_once_and_is_no_failure(workspace: Workspace, incident: Incident, ada: Actor) -> None:
    @incident_command("refuse", help="refuse")
    def refuse(ctx: CommandContext) -> None:
        raise IncidentError("Not on a Friday.")

    ada.says("@incident refuse", in_=incident)

    assert "Not on a Friday." in ada.told(in_=incident)
    assert not InboxEntry.objects.filter(failures__gt=0).exists()
