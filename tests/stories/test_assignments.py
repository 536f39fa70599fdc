"""Whoever gets the lead, a role or an action item is told: in the channel, or directly if they are not there."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Action, Incident, Role
from slackbot.models import SlackUser
from slackbot.outbound.deliveries.direct import tell
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process

Give = Callable[[Incident, Actor, Actor], None]


def _lead(incident: Incident, by: Actor, to: Actor) -> None:
    services.assign_lead(incident, to=to.person, by=by.person, at=timezone.now())


def _role(incident: Incident, by: Actor, to: Actor) -> None:
    scribe, _ = Role.objects.get_or_create(key="scribe", defaults={"name": "Scribe"})
    services.assign_role(incident, role=scribe, to=to.person, by=by.person, at=timezone.now())


def _action(incident: Incident, by: Actor, to: Actor) -> None:
    services.add_action(incident, text="Order a pump", owner=to.person, by=by.person, at=timezone.now())


WAYS = pytest.mark.parametrize("give", [_lead, _role, _action])


@WAYS
def test_somebody_in_the_channel_is_mentioned_there(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor, give: Give
) -> None:
    grace.joins(incident)

    give(incident, ada, grace)
    workspace.settle()

    assert workspace.channel(incident).shows(f"<@{grace.id}>")
    assert grace.direct_messages() == []


@WAYS
def test_somebody_who_is_not_there_gets_a_direct_message_with_the_way_in(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor, give: Give
) -> None:
    grace.joins(incident)
    grace.does("channel.leave", channel=workspace.channel(incident).id)
    workspace.sandbox.control("faults", rules=[{"method": "conversations.invite", "fault": "error:cant_invite"}])

    give(incident, ada, grace)
    workspace.settle()
    workspace.after(seconds=30)  # a lead may be about to be invited

    (told,) = grace.direct_messages()
    assert "/incidents/1/|INC-1 Checkout returns 500s>" in told
    assert f"join <#{workspace.channel(incident).id}>" in told
    assert ada.id in told


@WAYS
def test_nobody_is_told_what_they_did_themselves(
    workspace: Workspace, incident: Incident, grace: Actor, give: Give
) -> None:
    give(incident, grace, grace)
    workspace.settle()

    assert grace.direct_messages() == []
    assert not workspace.channel(incident).shows(f"📝 <@{grace.id}>")


def test_a_mention_in_the_command_is_not_repeated(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    grace.joins(incident)
    before = len(workspace.channel(incident).messages())

    ada.says("@incident action Order a pump @grace", in_=incident)

    assert len(workspace.channel(incident).messages()) == before + 1


@WAYS
def test_a_mention_of_a_moment_ago_is_another_matter(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor, give: Give
) -> None:
    ada.says("@incident invite @grace", in_=incident)
    before = len(workspace.channel(incident).messages())
    give(incident, ada, grace)
    workspace.settle()

    assert any(f"<@{grace.id}>" in each.text for each in workspace.channel(incident).messages()[before:])


def test_a_private_incident_is_told_only_to_those_who_may_see_it(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    services.make_private(incident, by=ada.person, at=timezone.now(), members=[])
    workspace.settle()
    _role(incident, ada, grace)
    workspace.settle()

    (told,) = grace.direct_messages()
    assert f"Ask <@{ada.id}> to invite you" in told


def test_somebody_deactivated_is_named_in_the_answer(incident: Incident, ada: Actor, grace: Actor) -> None:
    grace.person.__class__.objects.filter(pk=grace.person.pk).update(is_active=False)

    for words in ("lead @grace", "role lead @grace", "action Order a pump @grace"):
        ada.says(f"@incident {words}", in_=incident)
        assert "Grace Hopper is deactivated" in ada.told(in_=incident)
    assert not Action.objects.exists()


def test_somebody_whom_slack_does_not_let_us_reach_is_named(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    tell(ada.person, "Hello", key="hello", now=timezone.now())  # their direct messages are open
    workspace.settle()
    workspace.sandbox.control("faults", rules=[{"method": "conversations.open", "fault": "error:user_disabled"}])
    _action(incident, ada, grace)
    workspace.settle()
    workspace.after(minutes=5)

    (_hello, told) = ada.direct_messages()
    assert "Slack didn't let us send Grace Hopper a direct message" in told


def test_somebody_without_a_slack_account_is_named(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    person = grace.person
    SlackUser.objects.filter(person=person).delete()
    services.add_action(incident, text="Order a pump", owner=person, by=ada.person, at=timezone.now())
    workspace.settle()

    (told,) = ada.direct_messages()
    assert "Grace Hopper has no Slack account" in told


def test_a_lead_chosen_when_declaring_is_named_in_the_welcome(workspace: Workspace, ada: Actor, grace: Actor) -> None:
    ada.says("/incident Checkout returns 500s")
    ada.submits({"lead": grace})

    assert workspace.channel(Incident.objects.get()).shows(f"<@{grace.id}> is the lead.")
    assert grace.direct_messages() == []
