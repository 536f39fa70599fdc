from __future__ import annotations

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Incident, Kind
from slackbot.kit.effects import Post
from slackbot.models import OutboxEntry
from slackbot.outbound.deliveries.post import say_in_channel
from slackbot.plugins import CommandContext, incident_command
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process  # a worker elsewhere would be faster than the next line


def test_a_post_waits_for_the_channel_that_is_being_made(workspace: Workspace, ada: Actor) -> None:
    incident = services.declare_incident(title="Search is down", reporter=ada.person, at=timezone.now())
    services.request_channel(incident, by=ada.person, at=timezone.now())
    say_in_channel(incident, Post("Said early"), key="early", now=timezone.now())
    workspace.settle()

    assert workspace.channel(incident).texts.count("Said early") == 1


def test_a_post_for_an_incident_without_a_channel_is_let_go(workspace: Workspace, ada: Actor) -> None:
    now = timezone.now()
    incident = services.declare_incident(title="Mails came late", reporter=ada.person, at=now, kind=Kind.REPORT)
    say_in_channel(incident, Post("Said to nobody"), key="early", now=now)
    workspace.settle()

    assert not OutboxEntry.objects.filter(is_open=True).exists()


@pytest.fixture
def _tell_elsewhere(registers: None) -> None:
    @incident_command("elsewhere", help="say it in another channel", usage="channel", anywhere=True)
    def elsewhere(ctx: CommandContext) -> None:
        ctx.post("Customers may ask", channel=ctx.text, until=["resolved"])


@pytest.mark.usefixtures("_tell_elsewhere")
def test_a_post_in_another_channel_is_said_there_once_even_when_its_answer_is_lost(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor
) -> None:
    grace.does("channel.create", name="customer-ops")
    workspace.sandbox.control("faults", rules=[{"method": "chat.postMessage", "fault": "lost_answer", "times": 1}])
    ada.says("@incident elsewhere #customer-ops", in_=incident)
    workspace.after(seconds=30)

    assert workspace.channel("#customer-ops").texts.count("Customers may ask") == 1
    assert not workspace.channel(incident).shows("Customers may ask")

    ada.says("@incident resolve Done", in_=incident)
    assert workspace.channel("#customer-ops").shows("Resolved · by Ada Lovelace")


@pytest.mark.usefixtures("_tell_elsewhere")
def test_a_channel_made_anew_under_its_name_is_found(workspace: Workspace, ada: Actor, grace: Actor) -> None:
    workspace.expected_refusals.add("is_archived")
    grace.does("channel.create", name="customer-ops")
    ada.says("/incident elsewhere customer-ops")
    grace.does("channel.rename", channel=workspace.channel("#customer-ops").id, name="customer-ops-old")
    grace.does("channel.archive", channel=workspace.channel("#customer-ops-old").id)
    grace.does("channel.create", name="customer-ops")
    ada.says("/incident elsewhere customer-ops")

    assert workspace.channel("#customer-ops").shows("Customers may ask")


@pytest.mark.usefixtures("_tell_elsewhere")
@pytest.mark.parametrize("name", ["#nowhere", "secret"])
def test_a_channel_that_refuses_is_told_to_who_caused_it(
    workspace: Workspace, incident: Incident, ada: Actor, grace: Actor, name: str
) -> None:
    grace.does("channel.create", name="secret", private=True)
    ada.says(f"@incident elsewhere {name}", in_=incident)
    workspace.after(minutes=3)

    told = ada.direct_messages()[-1]
    assert f"couldn't post in #{name.removeprefix('#')}: there is no such channel, or it is private" in told
    assert "Customers may ask" in told
    assert incident.entries.get(kind="trouble").text.startswith("Slack refused a post in #")
