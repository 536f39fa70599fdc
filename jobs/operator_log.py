"""The record of what operators did and what the auditor repaired."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeAlias

from jobs.models import OperatorEntry

Actor: TypeAlias = Any  # a `settings.JOBS_ACTOR_MODEL`, the login of somebody on the machine, or None


def note(text: str, *, by: Actor, door: str, at: datetime) -> None:
    """Record what was done. `door` is where it was asked for: web, command line, Slack, auditor."""
    if isinstance(by, str):
        by, text = None, f"{by}: {text}"
    OperatorEntry.objects.create(at=at, actor=by, door=door, text=text)
