"""Whoever works in the background is woken: looking by itself would do, half a second later."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection

from incidents.models import Incident
from jobs import wakeup
from jobs.wakeup import Bell, Lane
from slackbot.testing import Actor, Workspace

RING = "import django, time; django.setup(); from jobs import wakeup; wakeup.ring({lane!r}); time.sleep(10)"


@pytest.mark.in_this_process
@pytest.mark.parametrize(("lane", "words"), [("inbox", "Hello"), ("outbox", "/incident summary Cards fail")])
def test_a_worker_is_woken_by_what_slack_tells(
    workspace: Workspace, incident: Incident, ada: Actor, lane: Lane, words: str
) -> None:
    with closing(Bell(lane)) as bell:
        while bell.wait(0):
            pass  # rings of before
        ada.says(words, in_=incident)

        assert bell.wait(5)


@pytest.mark.processes
@pytest.mark.django_db
@pytest.mark.parametrize("lane", ["plugins", "answers"])
def test_a_lane_of_plugins_is_woken_by_a_web_process_on_another_machine(tmp_path: Path, lane: Lane) -> None:
    database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    elsewhere = os.environ | {
        "TMPDIR": str(tmp_path),
        "DATABASE_URL": database,
        "DJANGO_SETTINGS_MODULE": "response.settings",
    }
    wakeup.relay(lane)
    with closing(Bell(lane)) as bell:
        ring = [sys.executable, "-c", RING.format(lane=lane)]
        with subprocess.Popen(ring, env=elsewhere, cwd=settings.BASE_DIR) as web:
            try:
                assert bell.wait(10)
            finally:
                web.kill()
