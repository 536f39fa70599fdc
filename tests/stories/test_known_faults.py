"""What went wrong with tools like this one before, and people still remember."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from incidents.models import Incident
from slackbot.directory.people import keep_user
from slackbot.models import SlackUser
from slackbot.plugins import escape
from slackbot.testing import Actor, Workspace


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("W012A3CDE", "couldn't find anyone called"),
        ("the database team", "couldn't find anyone called"),
        ("@oncall", "Name people instead of a group"),
        ("@grace @linus", "Name one person at a time"),
        ("@incident", "bot"),
    ],
)
def test_nobody_leads_who_was_not_named(incident: Incident, ada: Actor, words: str, answer: str) -> None:
    ada.says(f"@incident lead {words}", in_=incident)

    assert answer in ada.told(in_=incident)
    incident.refresh_from_db()
    assert incident.lead is None


def test_somebody_with_the_id_of_an_enterprise_leads_and_not_the_sender(incident: Incident, ada: Actor) -> None:
    ada.says("@incident lead <@W012A3CDE>", in_=incident)

    assert SlackUser.objects.get(user_id="W012A3CDE").person == incident.lead


def test_who_left_the_company_cannot_lead_or_be_called(incident: Incident, ada: Actor, linus: Actor) -> None:
    user = {"id": linus.id, "name": "linus", "deleted": True, "profile": {"real_name": "Linus Torvalds"}}
    keep_user(user, now=timezone.now())
    ada.says("@incident lead @linus", in_=incident)
    assert "Linus Torvalds" in ada.told(in_=incident)
    ada.says("@incident invite @linus", in_=incident)

    assert "Linus Torvalds is deactivated" in ada.told(in_=incident)
    assert linus.id not in ada.workspace.channel(incident).members
    incident.refresh_from_db()
    assert incident.lead is None


def test_editing_something_else_leaves_the_severity_as_it_is(incident: Incident, ada: Actor) -> None:
    ada.says("@incident sev major", in_=incident)
    ada.clicks("Edit")
    ada.submits({"title": "Checkout is slow"})

    incident.refresh_from_db()
    assert incident.severity is not None
    assert incident.severity.key == "major"


def test_two_who_declare_in_the_same_second_get_a_channel_each(workspace: Workspace, ada: Actor, grace: Actor) -> None:
    for actor in (ada, grace):
        actor.says("/incident Checkout returns 500s")
    for actor in (ada, grace):  # both before anything is worked off
        answer = workspace.sandbox.act("view.submit", actor.id, view_id=actor.dialog["id"], values={})
        assert answer["ok"]
    workspace.settle()

    assert ada.id in workspace.channel("#inc-1-checkout-returns-500s").members
    assert grace.id in workspace.channel("#inc-2-checkout-returns-500s").members
    assert sorted(Incident.objects.values_list("number", flat=True)) == [1, 2]


@pytest.mark.parametrize("method", ["conversations.open", "chat.postMessage"])
def test_a_direct_message_that_fails_does_not_keep_an_incident_open(
    workspace: Workspace, incident: Incident, ada: Actor, method: str
) -> None:
    rule = {"method": method, "fault": "error:cannot_dm_bot", "times": 9}
    workspace.sandbox.control("faults", rules=[rule])
    ada.says("@incident resolve Done", in_=incident)

    assert "Resolved" in workspace.headline(incident).text
    assert "Resolved" in workspace.channel(incident).topic
    incident.refresh_from_db()
    assert incident.is_resolved


@pytest.mark.parametrize(
    ("said", "form"),
    [
        ("quiet soon", "quiet <duration|off>"),
        ("duration since the beginning", "duration since <time>"),
        ("duration since tomorrow 25:99", "duration since <time>"),
        ("duration since tomorrow 10:00", "duration since <time>"),
        ("invite the database team", "invite @someone …"),
        ("status nearly", "status <investigating|identified|monitoring|resolved>"),
        ("role scribe", "role <role> @someone"),
        ("timeline 14:05", "timeline [time] <text>"),
        ("update", "update <text>"),
        ("sev 11", "severity <critical|major|minor|trivial>"),
        ("lead nobody-here", "lead @someone"),
    ],
)
def test_what_cannot_be_read_is_answered_with_the_right_form(
    incident: Incident, ada: Actor, said: str, form: str
) -> None:
    ada.says(f"@incident {said}", in_=incident)

    assert f"Usage: `@incident {escape(form)}`" in ada.told(in_=incident)


def test_a_mistyped_command_is_told_from_a_title(incident: Incident, ada: Actor) -> None:
    ada.says("/incident sevrity major", in_=incident)
    assert "Did you mean the command `/incident severity major`?" in _words(ada.dialog)
    assert ada.dialog_values["title"] == "sevrity major"

    ada.says("/incident Checkout returns 500s", in_=incident)
    assert "Did you mean" not in _words(ada.dialog)
    assert "A short description of the problem" in _words(ada.dialog)


def test_a_title_that_begins_with_a_command_can_be_declared(ada: Actor) -> None:
    ada.says("/incident declare close the valve")

    assert ada.dialog_values["title"] == "close the valve"


def test_the_home_tab_says_what_is_mine(workspace: Workspace, incident: Incident, ada: Actor, grace: Actor) -> None:
    ada.says("@incident lead @grace", in_=incident)

    assert "you reported it" in _home(ada)
    assert "*you lead*" in _home(grace)


def test_an_action_is_done_once_and_says_what_it_is(incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.joins(incident)
    ada.says("/incident action new", in_=incident)
    ada.submits({"action": "Roll back", "owner": grace, "priority": "high", "type": "fix"})
    for actor in (ada, grace):
        actor.says("@incident actions", in_=incident)
        assert f"❗ Roll back · {grace}" in actor.told(in_=incident)
        assert "Fix now" in actor.told(in_=incident)
    for actor in (ada, grace):
        actor.clicks("Complete", in_=incident)

    assert "already done" in grace.told(in_=incident)
    assert incident.entries.filter(kind="action_completed").count() == 1


def _home(actor: Actor) -> str:
    actor.does("home.open")
    return _words(actor.workspace.sandbox.get("home", user=actor.id)["view"])


def _words(view: Any) -> str:
    return str(view)


def test_a_title_may_speak_of_a_payload(workspace: Workspace, ada: Actor) -> None:
    """Bolt takes every form with that word in it for another kind of request."""
    ada.says("/incident Payload of the webhook is empty, payload=none")

    assert ada.dialog_values["title"] == "Payload of the webhook is empty, payload=none"
