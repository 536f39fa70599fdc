"""The fixtures: `workspace`, the cast, and an `incident`. See `slackbot.testing`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from django.utils import timezone

from incidents import services
from incidents.models import Incident
from slackbot import client
from slackbot import workspace as slack
from slackbot.testing.app import App, InThisProcess
from slackbot.testing.people import Actor
from slackbot.testing.server import Sandbox, running_sandbox
from slackbot.testing.workspace import Workspace


class LiveServer(Protocol):
    url: str


@pytest.fixture(scope="session")
def sandbox_process() -> Iterator[Sandbox]:
    with running_sandbox() as sandbox:
        yield sandbox


@pytest.fixture
def response_app(django_db_serialized_rollback: None, transactional_db: None, live_server: LiveServer) -> App:
    """The product under test. Override it to run the same stories against another arrangement of processes."""
    return InThisProcess(live_server.url)


@pytest.fixture
def workspace(sandbox_process: Sandbox, response_app: App, settings: Any) -> Iterator[Workspace]:
    sandbox_process.control("reset")
    sandbox_process.control("app", url=f"{response_app.url}/slack/events")
    settings.SLACK_API_URL = sandbox_process.api_url
    settings.SITE_URL = response_app.url
    settings.PLUGIN_LANE = False  # a deployment gives plugins a process of their own; a test steps through them here
    client.web_client.cache_clear()
    place = slack.connect(now=timezone.now())
    slack.sync_people(place, now=timezone.now())
    workspace = Workspace(sandbox_process, response_app)
    yield workspace
    workspace.back_to_the_present()
    assert workspace.refused_calls() == [], "Slack would have refused these calls"
    client.web_client.cache_clear()


@pytest.fixture
def ada(workspace: Workspace) -> Actor:
    """An engineer; she declares what the fixture `incident` is about."""
    return Actor(workspace, "U0ADA")


@pytest.fixture
def grace(workspace: Workspace) -> Actor:
    """An engineer in another time zone."""
    return Actor(workspace, "U0GRACE")


@pytest.fixture
def linus(workspace: Workspace) -> Actor:
    """A platform engineer."""
    return Actor(workspace, "U0LINUS")


@pytest.fixture
def katherine(workspace: Workspace) -> Actor:
    """A support lead."""
    return Actor(workspace, "U0KATHERINE")


@pytest.fixture
def incident(workspace: Workspace, ada: Actor) -> Incident:
    """A live incident that Ada declared, with its headline and its channel."""
    found = services.declare_incident(title="Checkout returns 500s", reporter=ada.person, at=timezone.now())
    workspace.settle()
    found.refresh_from_db()
    return found
