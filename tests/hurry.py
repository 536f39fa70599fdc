"""How long Hypothesis looks for a counterexample.

`make test` tries the same few examples quickly, and shows a counterexample as it found it. `make engines` tries more of
them. `HYPOTHESIS_PROFILE=thorough` tries many new ones, and makes a counterexample as small as it can, which may take
minutes.
"""

from __future__ import annotations

import os
from typing import Final

from hypothesis import HealthCheck, Phase, settings

_CHOSEN: Final = os.environ.get("HYPOTHESIS_PROFILE", "quick")
_TIMES: Final = {"quick": 1, "more": 3, "thorough": 60}


def tries(number: int) -> int:
    """Return how many examples to try where `make test` tries so many."""
    return number * _TIMES[_CHOSEN]


PROFILE: Final = settings(
    max_examples=tries(34),
    deadline=None,
    derandomize=_CHOSEN != "thorough",
    database=None,
    phases=list(Phase) if _CHOSEN == "thorough" else [Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
