"""The incident that most stories begin with: declared every few seconds, and brought back for each test in between.

Declaring it takes longer than most stories. It is brought back only where nobody could tell: the product runs in this
process, and nothing has happened since the workspace was made.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any, Final

import httpx
import time_machine
from django.conf import settings
from django.db import connection

from incidents import fields
from incidents.models import Incident
from slackbot.api import client
from slackbot.kit import plugin_settings, words
from slackbot.kit.registry import registry
from slackbot.manifest import manifest
from slackbot.testing.app import InThisProcess
from slackbot.testing.database import Copy
from slackbot.testing.server import Sandbox
from slackbot.testing.workspace import Workspace

FRESH: Final = 10.0  # seconds; stories say "just now", and reminders count from when it was declared
SNAPSHOT: Final = "standing incident"


class StandingIncident:
    def __init__(self, sandbox: Sandbox) -> None:
        self._traces = 0  # requests to the sandbox, and statements that may write
        self._untouched = 0
        self._kept_for: tuple[Any, ...] = ()
        self._kept_at = -FRESH
        self._copy = Copy("standing_incident")
        self._number = 0
        sandbox.http.event_hooks["request"].append(self._count)
        connection.execute_wrappers.append(self._execute)

    def begin(self) -> None:
        """Remember what the workspace is like that was just made."""
        self._untouched = self._traces

    def give(self, workspace: Workspace, declare: Callable[[], Incident]) -> Incident:
        """Bring the incident back, or have it declared."""
        is_touched = self._traces > self._untouched
        if is_touched or time_machine.escape_hatch.is_travelling() or not isinstance(workspace.app, InThisProcess):
            return declare()
        arrangement = _arrangement()
        if self._kept_for == arrangement and time.monotonic() - self._kept_at < FRESH:
            return self._bring_back(workspace)
        self._kept_at = time.monotonic()
        found = declare()
        self._keep(workspace, found, arrangement)
        return found

    def _keep(self, workspace: Workspace, incident: Incident, arrangement: tuple[Any, ...]) -> None:
        self._copy.keep()
        workspace.sandbox.control("snapshot", name=SNAPSHOT)
        self._number, self._kept_for = incident.number, arrangement

    def _bring_back(self, workspace: Workspace) -> Incident:
        self._copy.bring_back()
        workspace.sandbox.control("restore", name=SNAPSHOT)
        workspace.sandbox.control("app", url=f"{workspace.app.url}/slack/events")
        workspace.sandbox.control("manifest", manifest=manifest(site_url=workspace.app.url))
        client.web_client.cache_clear()
        return Incident.objects.get(number=self._number)

    def _count(self, _: httpx.Request) -> None:
        self._traces += 1

    def _execute(self, execute: Callable[..., Any], sql: str, *more: Any) -> Any:
        self._traces += not sql.startswith("SELECT")
        return execute(sql, *more)


def _arrangement() -> tuple[Any, ...]:
    """What decides how an incident is declared, other than what is in the database and in the workspace."""
    overridden: dict[str, str] = {}
    holder: Any = vars(settings)["_wrapped"]
    while "default_settings" in vars(holder):
        overridden = {name: repr(value) for name, value in vars(holder).items() if name.isupper()} | overridden
        holder = holder.default_settings
    environment = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return (
        overridden,
        environment,
        _things_in(vars(registry)),
        [repr(field) for field in fields.registry.all()],
        dict(words.sentences),
        repr(plugin_settings.declared),
    )


def _things_in(value: object) -> object:
    """Return which things a container holds."""
    if isinstance(value, dict):
        return {key: _things_in(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set):
        return [_things_in(each) for each in value]
    return id(value)
