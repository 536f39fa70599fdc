"""How long Hypothesis looks for a counterexample.

Every run tries the same few examples quickly, and shows a counterexample as it found it. `HYPOTHESIS_PROFILE=thorough`
tries many new ones, and makes a counterexample as small as it can, which may take minutes.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, Phase, settings

_QUICK = settings(
    max_examples=100,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
_THOROUGH = settings(_QUICK, max_examples=2000, derandomize=False, phases=list(Phase))

PROFILE = _THOROUGH if os.environ.get("HYPOTHESIS_PROFILE") == "thorough" else _QUICK
