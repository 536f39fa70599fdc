"""The examples stand on their own: enabled as a deployment enables them, tested as their authors test them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLUGINS = sorted(path.parent.name for path in (ROOT / "examples").glob("*/slack_handlers.py"))


RUNBOOK = "examples.runbook"
# What the examples need from whoever enables them.
NEEDED = {
    "customer_ops": {"CUSTOMER_OPS": "katherine@example.com"},
    "deploys": {"DEPLOY_SECRET": "a-secret-of-the-deployment-system"},
    "escalate": {"ESCALATION": "grace@example.com"},
    "pager": {"PAGER_URL": "https://pager.example.com", "PAGER_TOKEN": "a-token-of-the-pager"},
    "warehouse": {"WAREHOUSE_URL": "https://warehouse.example.com"},
    "status_page": {"STATUS_PAGE_URL": "https://status.example.com"},
}


def run(*words: str, plugins: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RESPONSE_PLUGINS": plugins, **more}
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, text=True, capture_output=True, timeout=600, check=False
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
    ended = run("manage.py", "check", plugins=f"examples.{name}", **NEEDED.get(name, {}))

    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_an_example_that_lacks_its_settings_does_not_start() -> None:
    ended = run("manage.py", "check", plugins=",".join(f"examples.{name}" for name in NEEDED))

    assert ended.returncode == 1
    for name in (name for needed in NEEDED.values() for name in needed):
        assert f"{name} is not set: The " in ended.stderr


def test_a_plugin_can_be_switched_off_and_on() -> None:
    ended = run("-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/examples/plugin_switches.py", plugins=RUNBOOK)

    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_safe_mode_starts_without_plugins(tmp_path: Path) -> None:
    shell = "from jobs import switches; print(*(f'{p.key}:{p.is_off}' for p in switches.positions()))"
    data = f"sqlite:///{tmp_path}/data.sqlite3"
    run("manage.py", "migrate", plugins=RUNBOOK, DATABASE_URL=data)

    ended = run("manage.py", "shell", "-v", "0", "-c", shell, plugins=RUNBOOK, SAFE_MODE="1", DATABASE_URL=data)

    assert ended.stdout.split() == ["tier-1:True", "tier-2:True", "reminders:False"], ended.stderr
