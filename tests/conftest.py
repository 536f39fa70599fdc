from __future__ import annotations

import copy
import gc
import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.contenttypes.management import create_contenttypes
from django.db.models.signals import post_migrate
from django.test import Client

from incidents import fields
from incidents.entries import KINDS
from incidents.fields import CustomField
from incidents.models import Incident
from incidents.texts import severity_emoji
from people.models import Person
from slackbot.kit import plugin_settings, words
from slackbot.kit.registry import registry
from slackbot.testing import Actor, Workspace
from slackbot.testing.app import App, InThisProcess
from slackbot.testing.people import declared_incident
from slackbot.testing.server import Sandbox
from tests.faults import table
from tests.processes import Processes, running_product
from tests.standing_incident import StandingIncident

pytest_plugins = ["slackbot.testing.fixtures", "tests.sandbox.counts"]

# `make engines` runs the same stories against real processes on PostgreSQL and Redis.
IN_PROCESSES = os.environ.get("STORIES") == "processes"


def pytest_configure() -> None:
    # Who starts the tests in the background has them, and every process they start, ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if settings.REDIS_URL and "PYTEST_XDIST_WORKER" in os.environ:
        # A database of Redis for each of xdist's processes, as pytest-django gives each one of PostgreSQL.
        server, _, number = settings.REDIS_URL.rpartition("/")
        own = int(number) + int(os.environ["PYTEST_XDIST_WORKER"].removeprefix("gw"))
        os.environ["REDIS_URL"] = settings.REDIS_URL = settings.CELERY_BROKER_URL = f"{server}/{own}"


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name bytes by their number: compressed ones hold the time, and all of xdist's processes must agree on the ids."""
    return f"{len(val)} bytes" if isinstance(val, bytes) else None


def pytest_collection_finish() -> None:
    """Keep the collector of garbage from looking at the imported modules again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In each file, run the tests that stay in this process first.

    The processes that a file's other tests start run until the file ends, and would take the work of a later test that
    steps through it here.
    """
    if IN_PROCESSES:
        files = {path: number for number, path in enumerate(dict.fromkeys(item.path for item in items))}
        items.sort(key=lambda item: (files[item.path], item.get_closest_marker("in_this_process") is None))


@pytest.fixture(scope="session", autouse=True)
def _flushes_make_no_permissions() -> None:
    """Django makes its permissions anew after each test with real transactions. Nothing here asks for them."""
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.disconnect(create_contenttypes)


@pytest.fixture(scope="module")
def product_processes(
    django_db_setup: None,
    sandbox_process: Sandbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Processes]:
    folder = tmp_path_factory.mktemp("product")
    with running_product(api_url=sandbox_process.api_url, folder=folder) as processes:
        yield processes


@pytest.fixture
def response_app(request: pytest.FixtureRequest, seeded_db: None) -> App:
    if IN_PROCESSES and request.node.get_closest_marker("in_this_process") is None:
        processes: Processes = request.getfixturevalue("product_processes")
        return processes
    return InThisProcess(request.getfixturevalue("web_server"))


@pytest.fixture(scope="session")
def standing_incident(sandbox_process: Sandbox) -> StandingIncident:
    return StandingIncident(sandbox_process)


@pytest.fixture
def workspace(workspace: Workspace, standing_incident: StandingIncident) -> Workspace:
    standing_incident.begin()
    return workspace


@pytest.fixture
def incident(workspace: Workspace, ada: Actor, standing_incident: StandingIncident) -> Incident:
    """A live incident that Ada declared, with its headline and its channel."""
    return standing_incident.give(workspace, lambda: declared_incident(ada))


@pytest.fixture
def registers() -> Iterator[None]:
    """The test registers handlers as a plugin does; they are forgotten afterwards."""
    before = {name: copy.copy(value) for name, value in vars(registry).items()}
    for value in before.values():
        if isinstance(value, dict):
            value.update({key: list(each) for key, each in value.items() if isinstance(each, list)})
    said, needed, kinds = dict(words.sentences), dict(plugin_settings.declared), set(KINDS)
    yield
    for kind in set(KINDS) - kinds:
        KINDS.remove(kind)
    plugin_settings.declared.clear()
    plugin_settings.declared.update(needed)
    vars(registry).update(before)
    words.sentences.clear()
    words.sentences.update(said)
    words.forget_plugins_texts()
    severity_emoji.clear()


@pytest.fixture
def browser_of(db: None) -> Callable[[Person], Client]:
    """Return a browser in which that person is signed in."""

    def sign_in(person: Person) -> Client:
        person.login = person.login or User.objects.create_user(f"login-{person.pk}")
        person.save()
        browser = Client()
        browser.force_login(person.login)
        return browser

    return sign_in


@pytest.fixture
def add_field() -> Iterator[Callable[..., CustomField]]:
    """Declare custom fields for the length of a test. Other processes do not know them."""
    added = []

    def add(name: str, label: str, kind: str, **more: Any) -> CustomField:
        field = fields.declared(name, label=label, kind=kind, place="this test", **more)
        fields.registry.add(field)
        added.append(name)
        return field

    yield add
    for name in added:
        fields.registry.take_out(name)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """After faults, show what became of each kind; and what the outsiders tried in vain."""
    reports = [report for name in ("passed", "failed") for report in terminalreporter.getreports(name)]
    properties = [each for report in reports if report.when == "call" for each in report.user_properties]
    if walks := sorted(str(value) for name, value in properties if name == "walk"):
        terminalreporter.section("Walks")
        for walk in walks:
            terminalreporter.line(walk)
    if found := table.results(report for report in reports if report.when == "call"):
        terminalreporter.section("Faults")
        for line in table.lines(found):
            terminalreporter.line(line)
