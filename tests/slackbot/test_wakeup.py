"""Whoever works in the background is woken: looking by itself would do, half a second later."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from incidents.models import Incident
from slackbot.testing import Actor, Workspace
from tests.jobs.woken import listening

WAKE = "import django, time; django.setup(); from jobs import wakeup; wakeup.wake({queue!r}); time.sleep(10)"


@pytest.mark.in_this_process
@pytest.mark.parametrize(("queue", "words"), [("inbox", "Hello"), ("outbox", "/incident summary Cards fail")])
def test_a_worker_is_woken_by_what_slack_tells(
    workspace: Workspace, incident: Incident, ada: Actor, queue: str, words: str
) -> None:
    with listening(queue) as listener:
        while listener.wait(0):
            pass  # wake-ups of before
        ada.says(words, in_=incident)

        assert listener.wait(5)


@pytest.mark.processes
@pytest.mark.django_db
@pytest.mark.parametrize("queue", ["inbox", "outbox", "plugins", "answers"])
def test_a_queue_is_woken_by_a_web_process_on_another_machine(tmp_path: Path, queue: str) -> None:
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    elsewhere = os.environ | {
        "TMPDIR": str(tmp_path),
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "response.settings",
    }
    with listening(queue) as listener:
        wake = [sys.executable, "-c", WAKE.format(queue=queue)]
        with subprocess.Popen(wake, env=elsewhere, cwd=settings.BASE_DIR) as web:
            try:
                assert listener.wait(10)
            finally:
                web.kill()
