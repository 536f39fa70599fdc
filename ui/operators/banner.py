"""What every page says when work is delayed: what packages report of it, and what is switched off."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from jobs import panels, switches
from jobs.panels import Line, Place
from people.access import OPERATE, may
from people.models import Person

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Banner:
    """`off` names what operators switched off."""

    lines: tuple[Line, ...]
    off: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.lines or self.off)


def present(now: datetime) -> Banner:
    """Return what there is to report to everybody."""
    lines = panels.lines(Place.BANNER, now=now, viewer=None)
    return Banner(tuple(lines), tuple(position.name for position in switches.positions() if position.is_off))


def is_operator(request: HttpRequest) -> bool:
    """Return whether the signed-in person may use Operations. The rule is the same in Slack."""
    user = getattr(request, "user", None)
    person: Person | None = getattr(user, "person", None)
    if person is None and user is not None and user.is_active:
        return bool(user.is_staff or user.is_superuser)  # an account that has opened no other page yet
    return may(person, OPERATE)


def banner(request: HttpRequest) -> Mapping[str, Any]:
    """Give templates `banner` and `is_operator`. The database is asked only where a template shows them."""
    return {"banner": SimpleLazyObject(_present_or_none), "is_operator": is_operator(request)}


def _present_or_none() -> Banner | None:
    try:
        return present(timezone.now())
    except DatabaseError as error:  # an error page has to appear all the same
        logger.warning("Could not read the banner: %s", error)
        return None
