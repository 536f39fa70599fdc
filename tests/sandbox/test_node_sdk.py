"""Slack's own Node SDK as a witness from outside, on both roads: requests to the app's address, and Socket Mode.

It runs where `SANDBOX_NODE_MODULES` names the folder that `.ci/install-node-sdk` filled; `.ci/run` does that.
"""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.sandbox.conftest import Sandbox

NODE_MODULES = os.environ.get("SANDBOX_NODE_MODULES")
NODE = Path(__file__).parent / "node"

needs_node = pytest.mark.skipif(not NODE_MODULES, reason="SANDBOX_NODE_MODULES names no folder with Slack's Node SDK")


def run(script: str, sandbox: Sandbox) -> dict[str, Any]:
    """Let an app live its life; return what it saw."""
    ended = subprocess.run(
        ["node", str(NODE / script)],
        env={**os.environ, "SANDBOX_URL": sandbox.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    seen: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return seen


@needs_node
def test_an_app_made_with_the_node_sdk_lives_here(sandbox: Sandbox) -> None:
    seen = run("life.mjs", sandbox)

    assert seen["created"] == {"name": "inc-1-checkout", "topic": "major", "members": ["U0RESPONSE", "U0ADA"]}
    assert seen["submitted"] == "Checkout is down"
    assert "<@U0RESPONSE> hello" in seen["events"]
    assert seen["thread"] == ["<@U0RESPONSE> hello", "<@U0ADA> yes?"]
    assert seen["pages"] == [["3", "2"], ["1", "<@U0RESPONSE> hello"]]
    assert seen["refused"] == "name_taken"
    assert seen["uploaded"] == "notes.txt"


@needs_node
def test_an_app_in_socket_mode_lives_here_and_comes_back_on_a_new_line(sandbox: Sandbox) -> None:
    seen = run("socket.mjs", sandbox)

    assert seen["events"] == ["headline", "still there?"]
    assert seen["clicked"] == "42"
    assert seen["lines"] == 2
    assert sandbox.messages("incidents")[0]["text"] == "Closed."
    assert sandbox.messages("general")[-1]["text"] == "Declared: Checkout"


def test_the_lock_names_no_registry() -> None:
    lock = json.loads((NODE / "package-lock.json").read_text())

    packages = [package for name, package in lock["packages"].items() if name]
    assert all(package["integrity"] and "resolved" not in package for package in packages)
