"""The examples stand on their own: enabled as a deployment enables them, tested as their authors test them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = sorted(path.parent.name for path in (ROOT / "examples").glob("*/slack_handlers.py"))


def run(*words: str, plugins: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RESPONSE_PLUGINS": plugins}
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, text=True, capture_output=True, timeout=300, check=False
    )


def test_there_are_examples_and_each_has_tests() -> None:
    assert PLUGINS
    assert [name for name in PLUGINS if not (ROOT / "examples" / name / f"test_{name}.py").exists()] == []


def test_all_examples_together_pass_their_tests() -> None:
    plugins = ",".join(f"examples.{name}" for name in PLUGINS)

    ended = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "examples", plugins=plugins)

    assert ended.returncode == 0, ended.stdout + ended.stderr


@pytest.mark.parametrize("name", PLUGINS)
def test_each_example_can_be_enabled_alone(name: str) -> None:
    ended = run("manage.py", "check", plugins=f"examples.{name}")

    assert ended.returncode == 0, ended.stdout + ended.stderr
