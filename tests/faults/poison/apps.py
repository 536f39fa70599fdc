"""Poison for the core: what it writes about a poisoned text, or after a reminder, ends its process."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from tests.faults.poison.ways import take

CORE: Final = ("inbox", "sweeper")  # the processes that run what the core handles
POISON: Final = os.environ.get("POISON_OF_THE_CORE", "")
HANDLING: Final = ('INSERT INTO "incidents_timelineentry"', 'UPDATE "slackbot_reminder" SET "turn"')


class Poison(AppConfig):
    name = "tests.faults.poison"
    label = "poison"

    def ready(self) -> None:
        if POISON and os.environ.get("RESPONSE_ROLE") in CORE:
            connection_created.connect(_listen, dispatch_uid="poison")


def _listen(connection: BaseDatabaseWrapper, **_: Any) -> None:
    connection.execute_wrappers.append(_execute)


def _execute(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    if sql.startswith(HANDLING):
        take(POISON if "reminder" in sql else str(params), name="venom")
    return execute(sql, params, many, context)
