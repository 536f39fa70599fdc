"""A handler that takes its process with it is named, with the signal and the traceback, by those who look."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from slackbot.testing.server import running_sandbox
from tests.processes import running_product

pytestmark = pytest.mark.faults

PLUGIN = "tests.faults.rough"


def _doctor(environment: dict[str, str]) -> str:
    command = [sys.executable, "manage.py", "doctor"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stdout


def test_doctor_names_plugin_handler_signal_and_traceback(tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        more = {"RESPONSE_PLUGINS": PLUGIN}
        with running_product(api_url=sandbox.api_url, folder=tmp_path, database_url="", **more) as product:
            sandbox.control("app", url=f"{product.url}/slack/events")
            sandbox.act("channel.join", "U0RESPONSE", channel="C0GENERAL")
            sandbox.act("message.send", "U0ADA", channel="C0GENERAL", text="<@U0RESPONSE> crashes")
            environment = {
                **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
                "DATA_DIR": str(tmp_path),
                "SLACK_API_URL": sandbox.api_url,
                "SITE_URL": product.url,
                "SLACK_BOT_TOKEN": "xoxb-sandbox-token",
                "SLACK_SIGNING_SECRET": "sandbox-signing-secret",
                **more,
            }
            deadline = time.monotonic() + 60
            while "Given up: in" not in (said := _doctor(environment)):
                assert time.monotonic() < deadline, said + product.log.read_text()[-3000:]
                time.sleep(1)

    log = product.log.read_text()
    assert "handler='tests.faults.rough.slack_handlers.crashes'" in log
    assert "delivery='event:Ev" in log
    assert "rough: tests.faults.rough.slack_handlers.crashes (plugin_command)" in said
    assert "took 3 processes with it" in said
    assert "SIGSEGV" in said
    assert "Segmentation fault" in said
    assert "in crashes" in said
