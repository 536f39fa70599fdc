"""docs/slack.md shows a manifest with which Response works: the sandbox grants no more than it asks for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from slackbot.registry import registry

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/slack.md").read_text(encoding="utf-8")
MANIFEST: dict[str, Any] = json.loads(re.findall(r"^```json\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)[0])


def test_it_hears_of_everything_that_a_built_in_handler_waits_for() -> None:
    subscribed = MANIFEST["settings"]["event_subscriptions"]["bot_events"]

    assert {name.partition(".")[0] for name in subscribed} == {*registry.events, "app_mention"}


def test_every_shortcut_has_a_handler() -> None:
    shortcuts = {shortcut["callback_id"] for shortcut in MANIFEST["features"]["shortcuts"]}

    assert shortcuts <= set(registry.actions)


def test_slack_takes_their_names() -> None:
    """Slack's manifest schema allows 24 characters."""
    assert [each for each in MANIFEST["features"]["shortcuts"] if len(each["name"]) > 24] == []


def test_there_is_a_scope_for_every_call() -> None:
    """A scope that a call needs in some channels only is found by a story that makes it there."""
    methods: dict[str, Any] = json.loads((ROOT / "sandbox/reference/methods.json").read_text(encoding="utf-8"))
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "slackbot").glob("*.py"))
    called = set(re.findall(r'"([a-z]+\.[a-zA-Z.]+)"', code)) & set(methods)
    granted = set(MANIFEST["oauth_config"]["scopes"]["bot"])

    assert len(called) > 10
    assert [name for name in sorted(called) if not granted.intersection(methods[name]["scopes"] or granted)] == []


def test_pinning_needs_no_more_than_it_asks_for(tmp_path: Path) -> None:
    manifest = tmp_path / "manifest.json"
    manifest.write_text(json.dumps(MANIFEST), encoding="utf-8")

    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/stories/test_pins.py"],
        cwd=ROOT,
        env={**os.environ, "SANDBOX_MANIFEST": str(manifest)},
        text=True,
        capture_output=True,
        timeout=300,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
