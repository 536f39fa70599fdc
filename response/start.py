"""Refuse to start any program with unsafe settings.

`ResponseConfig.ready` calls this, which runs first in the web, the workers, Celery and every command of `manage.py`.
None of their options (`--skip-checks`) bypasses it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from typing import Final

from django.core.checks import ERROR, CheckMessage, run_checks

from response.checks import check_deployment

# With this exit code a worker makes gunicorn give up; it would start any other again and again.
CANNOT_START: Final = 3


@cache
def refuse_unsafe_settings() -> None:
    """End the process, with all problems as sentences, if a setting is unsafe. This runs once per process."""
    _refuse(check_deployment())


def refuse_failed_checks() -> None:
    """Do the same for every check, including those of plugins, once all apps are loaded. Commands do so themselves."""
    _refuse(run_checks())


def keep_files_private() -> None:
    """Make files that this process and its children write from now on readable only by our own user."""
    os.umask(0o077)


def _refuse(found: Iterable[CheckMessage]) -> None:
    errors = [f"{message.msg}\n  {message.hint}" for message in found if message.level >= ERROR]
    if errors:
        # SystemExit, not an Exception: Celery logs exceptions of its start-up hooks and continues.
        raise SystemExit("\n".join(["Response can't start with these settings:", *errors]))
