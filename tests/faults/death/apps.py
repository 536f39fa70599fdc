"""Where a process can be made to die, without touching the product: between the statements it sends to the database,
around its commits, and around its calls to Slack.

`FAULTS_FOLDER` holds one file for each armed point, with the passes at which to die. All processes count together.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from django.apps import AppConfig
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created
from django.utils import timezone
from slack_sdk.web.base_client import BaseClient
from slack_sdk.webhook import WebhookClient

ROLE: Final = os.environ.get("RESPONSE_ROLE", "")
FOLDER: Final = os.environ.get("FAULTS_FOLDER", "")
WORKERS: Final = ("inbox", "outbox", "plugins", "answers", "sweeper")
MID_CALL: Final = 0.15  # seconds after a call began, while a slow Slack has acted and not answered yet

# What a transaction is for, by a statement in it.
PURPOSES: Final = {
    'INSERT INTO "slackbot_inboxentry"': "inbox",
    'INSERT OR IGNORE INTO "slackbot_inboxentry"': "inbox",  # SQLite's words
    'UPDATE "slackbot_inboxentry" SET "is_open"': "handler",
    'UPDATE "slackbot_outboxentry" SET "result"': "noting",
    'UPDATE "slackbot_outboxentry" SET "is_open"': "noting",  # with the end of the row
    'UPDATE "incidents_following" SET "seen"': "projection",
}
CLAIM: Final = ('UPDATE "slackbot_inboxentry" SET "attempts"', 'UPDATE "slackbot_outboxentry" SET "attempts"')
HANDLING: Final = 'INSERT INTO "incidents_timelineentry"'


class Death(AppConfig):
    name = "tests.faults.death"
    label = "death"

    def ready(self) -> None:
        if not FOLDER:
            return
        connection_created.connect(_listen, dispatch_uid="death")
        BaseDatabaseWrapper.commit = _around_commit(BaseDatabaseWrapper.commit)  # type: ignore[method-assign]
        BaseClient.api_call = _around_call(BaseClient.api_call)  # type: ignore[method-assign]
        timezone.now = _moved(timezone.now)
        WebhookClient.send_dict = _around_call(WebhookClient.send_dict)  # type: ignore[method-assign]


def passes(point: str) -> None:
    """Count that a point is passed, and die here when it is time."""
    armed = Path(FOLDER, point)
    if not armed.exists():
        return
    # Only ever appended to: another thread may kill us in the middle.
    with armed.with_suffix(".passed").open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(b".")
        file.flush()
        passed = file.tell()
    if passed in json.loads(armed.read_text()):
        with armed.with_suffix(".deaths").open("a") as file:
            file.write(f"{time.time()}\n")
        os.kill(os.getpid(), signal.SIGKILL)


def _moved(now: Callable[[], datetime]) -> Callable[[], datetime]:
    """A clock that is wrong by as many seconds as the file `clock` says."""
    file = Path(FOLDER, "clock")

    def moved() -> datetime:
        return now() + timedelta(seconds=float(file.read_text())) if file.exists() else now()

    return moved


def _side() -> str:
    return "web" if ROLE == "web" else "worker" if ROLE in WORKERS else "other"


_purposes = threading.local()


def _listen(connection: BaseDatabaseWrapper, **_: Any) -> None:
    connection.execute_wrappers.append(_execute)


def _execute(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    in_transaction = context["connection"].in_atomic_block
    purpose = next((purpose for beginning, purpose in PURPOSES.items() if sql.startswith(beginning)), "")
    if purpose and not in_transaction:  # a transaction of its own
        passes(f"{_side()} before the {purpose} commit")
    result = execute(sql, params, many, context)
    if purpose and in_transaction:
        _purposes.now = purpose
    elif purpose:
        passes(f"{_side()} after the {purpose} commit")
    if in_transaction and sql.startswith(HANDLING):
        passes(f"{_side()} in the handler")
    if not in_transaction and sql.startswith(CLAIM):
        passes(f"{_side()} after a claim")
    return result


def _around_commit(commit: Callable[..., None]) -> Callable[..., None]:
    def committing(self: BaseDatabaseWrapper) -> None:
        purpose = getattr(_purposes, "now", "")
        _purposes.now = ""
        if purpose:
            passes(f"{_side()} before the {purpose} commit")
        commit(self)
        if purpose:
            passes(f"{_side()} after the {purpose} commit")

    return committing


def _around_call(call: Callable[..., Any]) -> Callable[..., Any]:
    def calling(*args: Any, **more: Any) -> Any:
        # A point names a file, in which a full stop would begin the suffix.
        method = next((each.replace(".", " ") for each in args[1:2] if isinstance(each, str)), "")
        passes(f"{_side()} before a call")
        passes(f"{_side()} before {method}")
        timer = threading.Timer(MID_CALL, passes, [f"{_side()} in a call"])
        timer.daemon = True
        timer.start()
        try:
            return call(*args, **more)
        finally:
            timer.cancel()
            passes(f"{_side()} after a call")
            passes(f"{_side()} after {method}")

    return calling
