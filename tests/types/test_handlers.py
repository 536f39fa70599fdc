"""The types of the decorators refuse what the router could not call."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HANDLERS = Path(__file__).with_name("handlers.py")
LINES = HANDLERS.read_text(encoding="utf-8").splitlines()
WRONG = {number for number, line in enumerate(LINES, start=1) if line.endswith("# wrong")}
DECORATORS = [
    "incident_command",
    "keyword_handler",
    "action_handler",
    "dialog_handler",
    "single_notification",
    "recurring_notification",
    "slack_event",
    "headline_action",
    "incident_event",
]


@pytest.mark.types
def test_mypy_refuses_each_wrong_handler_and_no_right_one() -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "mypy", "--hide-error-context", str(HANDLERS)],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=600,
        check=False,
    )

    assert ended.returncode == 1, ended.stdout + ended.stderr
    errors = Counter(int(line) for line in re.findall(r"handlers\.py:(\d+): error:", ended.stdout))
    assert errors == Counter(WRONG), ended.stdout


@pytest.mark.parametrize("decorator", DECORATORS)
def test_each_decorator_is_used_rightly_and_in_two_wrong_ways(decorator: str) -> None:
    uses = [number for number, line in enumerate(LINES, start=1) if line.startswith(f"@{decorator}(")]

    assert set(uses) - WRONG
    assert len(WRONG.intersection(uses)) >= 2
