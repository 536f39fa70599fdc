from __future__ import annotations

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Kind
from slackbot import outgoing
from slackbot.contexts import Post
from slackbot.models import OutboxEntry
from slackbot.testing import Actor, Workspace

pytestmark = pytest.mark.in_this_process  # a worker elsewhere would be faster than the next line


def test_a_post_waits_for_the_channel_that_is_being_made(workspace: Workspace, ada: Actor) -> None:
    incident = services.declare_incident(title="Search is down", reporter=ada.person, at=timezone.now())
    services.request_channel(incident, by=ada.person, at=timezone.now())
    outgoing.say_in_channel(incident, Post("Said early"), key="early", now=timezone.now())
    workspace.settle()

    assert workspace.channel(incident).texts.count("Said early") == 1


def test_a_post_for_an_incident_without_a_channel_is_let_go(workspace: Workspace, ada: Actor) -> None:
    now = timezone.now()
    incident = services.declare_incident(title="Mails came late", reporter=ada.person, at=now, kind=Kind.REPORT)
    outgoing.say_in_channel(incident, Post("Said to nobody"), key="early", now=now)
    workspace.settle()

    assert not OutboxEntry.objects.filter(is_open=True).exists()
