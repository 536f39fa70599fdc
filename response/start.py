"""Refuse to start with settings that are not safe, whichever program it is.

`ResponseConfig.ready` asks, which the web, the workers, Celery and every command of `manage.py` pass before anything
else. No option of theirs (`--skip-checks`) leads past it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache

from django.core.checks import ERROR, CheckMessage, run_checks

from response.checks import check_deployment


@cache
def refuse_unsafe_settings() -> None:
    """End the process, with all problems as sentences, when a setting is not safe. A process reads them only once."""
    _refuse(check_deployment())


def refuse_failed_checks() -> None:
    """Do the same for every check, also of plugins, once all apps are loaded. Commands do so by themselves."""
    _refuse(run_checks())


def keep_files_private() -> None:
    """Let only our own user read what this process and its children write from now on."""
    os.umask(0o077)


def _refuse(found: Iterable[CheckMessage]) -> None:
    errors = [f"{message.msg}\n  {message.hint}" for message in found if message.level >= ERROR]
    if errors:
        # Not an Exception: Celery logs those of its start-up hooks and goes on.
        raise SystemExit("\n".join(["Response does not start with these settings:", *errors]))
