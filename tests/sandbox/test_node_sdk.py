"""Slack's own Node SDK as a witness from outside.

It runs where `SANDBOX_NODE_MODULES` names a folder in which `npm install @slack/bolt @slack/web-api` was done.
"""

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.sandbox.conftest import Sandbox

NODE_MODULES = os.environ.get("SANDBOX_NODE_MODULES")


@pytest.mark.skipif(not NODE_MODULES, reason="SANDBOX_NODE_MODULES names no folder with Slack's Node SDK")
def test_an_app_made_with_the_node_sdk_lives_here(sandbox: Sandbox) -> None:
    ended = subprocess.run(
        ["node", str(Path(__file__).parent / "node" / "life.mjs")],
        env={**os.environ, "SANDBOX_URL": sandbox.url},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    seen = json.loads(ended.stdout.splitlines()[-1])
    assert seen["submitted"] == "Checkout is down"
    assert "<@U0RESPONSE> hello" in seen["events"]
    assert seen["thread"] == ["<@U0RESPONSE> hello", "<@U0ADA> yes?"]
    assert seen["pages"] == [["3", "2"], ["1", "<@U0RESPONSE> hello"]]
    assert seen["refused"] == "name_taken"
