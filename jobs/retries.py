"""How often, and after which pauses, a row is tried again."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from django.template.defaultfilters import pluralize

from jobs.models import Job

LONGEST_PAUSE: Final = timedelta(minutes=10)  # between two attempts at a row
MAX_DEATHS: Final = 3


def deaths(row: Job) -> int:
    """Return how many attempts before the present one ended their process."""
    return max(0, row.attempts - 1 - row.failures)


def why_deadly(row: Job) -> str:
    """Return why a row isn't tried again after it ended too many processes. `jobs.error_summary` reads this."""
    count = deaths(row)
    return f"Its handler ended {count} process{pluralize(count, 'es')}. Last error before: {row.error or 'none'}"


def pause(failures: int) -> timedelta:
    """Return a growing, jittered pause: about 1, 2, 4, 8 … seconds, at most five minutes."""
    seconds = min(300.0, 2.0 ** min(failures - 1, 10))
    return timedelta(seconds=seconds * random.uniform(0.75, 1.25))  # noqa: S311
