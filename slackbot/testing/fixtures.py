"""The fixtures: `workspace`, the cast, and an `incident`. See `slackbot.testing`."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from incidents.models import Incident
from slackbot.api import client
from slackbot.directory import workspace as slack
from slackbot.manifest import manifest
from slackbot.outbound.housekeeping import connect
from slackbot.testing.app import App, InThisProcess, running_web_server
from slackbot.testing.database import Seed, hurry, keep_copy, lay_out_copy, throw_away
from slackbot.testing.other_system import OtherSystem, running_other_system
from slackbot.testing.people import Actor, declared_incident
from slackbot.testing.server import Sandbox, address_of, starting_sandbox
from slackbot.testing.workspace import Workspace


@pytest.fixture(scope="session")
def starting_sandbox_process() -> Iterator[subprocess.Popen[str]]:
    """Begins before the database is made, which takes as long."""
    with starting_sandbox() as process:
        yield process


@pytest.fixture(scope="session")
def database_seed() -> Seed:
    return Seed()


@pytest.fixture(scope="session")
def django_db_keepdb(request: pytest.FixtureRequest, django_db_modify_db_settings: None) -> Iterator[bool]:
    """Begin with a copy of what the migrations made the time before: they take longer than many a plugin's tests."""
    hurry()
    reuses = bool(request.config.getvalue("reuse_db"))
    yield lay_out_copy() or reuses
    if not reuses:
        throw_away()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker, database_seed: Seed) -> None:
    """Make the database as pytest-django does, and keep what is in it before the first test."""
    with django_db_blocker.unblock():
        database_seed.keep()
        keep_copy()


@pytest.fixture(scope="session")
def sandbox_process(starting_sandbox_process: subprocess.Popen[str], django_db_setup: None) -> Sandbox:
    return Sandbox(address_of(starting_sandbox_process))


@pytest.fixture(scope="session")
def web_server(django_db_setup: None) -> Iterator[str]:
    with running_web_server() as url:
        yield url


@pytest.fixture
def seeded_db(transactional_db: None, database_seed: Seed) -> None:
    """A database that other threads and processes see, with what the migrations put there."""
    database_seed.bring_back()


@pytest.fixture
def response_app(seeded_db: None, web_server: str) -> App:
    """The product under test. Override it to run the same stories against another arrangement of processes."""
    return InThisProcess(web_server)


class TestsOfNoPlugin(pytest.Module):
    """Tests of a plugin that was not loaded: none of its handlers would answer, and its models can't be imported."""

    plugin: str

    def collect(self) -> Iterable[pytest.Item | pytest.Collector]:
        raise self.CollectError(
            f"RESPONSE_PLUGINS does not name {self.plugin}: run this with RESPONSE_PLUGINS={self.plugin}"
        )


def pytest_pycollect_makemodule(module_path: Path, parent: pytest.Collector) -> pytest.Module | None:
    """Refuse the tests of a plugin that was not loaded, before they are imported."""
    plugin = _not_loaded(module_path)
    if plugin is None:
        return None
    module = TestsOfNoPlugin.from_parent(parent, path=module_path)
    module.plugin = plugin
    return module


def _not_loaded(module_path: Path) -> str | None:
    """Return the package around a test that has handlers, and is no app of this run."""
    folder, names = module_path.parent, list[str]()
    while (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    for length in range(len(names), 0, -1):
        package = ".".join(names[:length])
        if folder.joinpath(*names[:length], "slack_handlers.py").exists() and not apps.is_installed(package):
            return package
    return None


@pytest.fixture
def workspace(
    starting_sandbox_process: subprocess.Popen[str],
    sandbox_process: Sandbox,
    response_app: App,
    settings: Any,
) -> Iterator[Workspace]:
    sandbox_process.control("reset")
    sandbox_process.control("app", url=f"{response_app.url}/slack/events")
    # What a real workspace would let us do, and would tell us: a scope or an event that is missing fails the test.
    sandbox_process.control("manifest", manifest=manifest(site_url=response_app.url))
    settings.SLACK_API_URL = sandbox_process.api_url
    settings.SITE_URL = response_app.url
    settings.PLUGIN_QUEUES = False  # a deployment gives plugins a process of their own; a test steps through them here
    client.web_client.cache_clear()
    place = connect(now=timezone.now())
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
def incident(ada: Actor) -> Incident:
    """A live incident that Ada declared, with its headline and its channel."""
    return declared_incident(ada)


@pytest.fixture
def other_system() -> Iterator[OtherSystem]:
    """An HTTP server in the place of whatever a plugin talks to."""
    with running_other_system() as server:
        yield server
