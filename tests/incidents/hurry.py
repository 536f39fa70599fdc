"""How long Hypothesis looks for a counterexample.

Every run tries the same few examples quickly. `HYPOTHESIS_PROFILE=thorough` tries many new ones.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

_QUICK = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
_THOROUGH = settings(_QUICK, max_examples=2000, derandomize=False)

PROFILE = _THOROUGH if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else _QUICK
