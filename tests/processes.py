"""The product as it runs in earnest: web, workers and Celery as processes of their own, on the test database."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Final

import httpx
from django.conf import settings
from django.db import connection
from django.db.models import Q
from django.utils import timezone

from incidents.models import Following
from slackbot.models import InboxEntry, OutboxEntry

PATIENCE: Final = 20.0  # seconds until something that should happen is called missing
SOON: Final = timedelta(seconds=3)


class Processes:
    """A running `manage.py up`, and whether it has anything left to do."""

    def __init__(self, url: str, log: Path) -> None:
        self.url = url
        self.log = log

    def work(self) -> bool:
        """Wait until nothing is waiting; True when there was something."""
        if not _waiting():
            return False
        deadline = time.monotonic() + PATIENCE
        while _waiting():
            if time.monotonic() > deadline:
                raise AssertionError(f"Still waiting after {PATIENCE} s: {_waiting()}\n{self.log.read_text()[-4000:]}")
            time.sleep(0.02)
        return True


def _waiting() -> list[str]:
    """Name what is still to be done, in one statement: between two, work may move from one table to the other.

    A row that is tried again within seconds is also still to be done, because nobody here can move the clock.
    """
    now = timezone.now()
    at_work = Q(not_before=None) | Q(not_before__lte=now + SOON) | Q(lease_until__gt=now)
    received = InboxEntry.objects.filter(at_work, is_open=True).values_list("key", flat=True)
    to_send = OutboxEntry.objects.filter(at_work, is_open=True).values_list("key", flat=True)
    news = Following.objects.filter(at_work, is_open=True).values_list("key", flat=True)
    return list(received.union(to_send, news))


def test_database_url() -> str:
    """The address of the database that pytest-django made."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{database['NAME']}"
    user, password = database.get("USER") or "", database.get("PASSWORD") or ""
    login = f"{user}:{password}@" if password else f"{user}@" if user else ""
    return f"postgresql://{login}{database['HOST'] or ''}:{database['PORT'] or 5432}/{database['NAME']}"


@contextmanager
def running_product(*, api_url: str, folder: Path, database_url: str | None = None, **more: str) -> Iterator[Processes]:
    """Start `manage.py up` against a server that speaks Slack's protocol, and stop it again.

    On the tests' database, or `database_url`: "" is the embedded one in `folder`. `more` goes into its environment.
    """
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG", "RESPONSE_PLUGINS") if name in os.environ},
        "DATABASE_URL": test_database_url() if database_url is None else database_url,
        "SLACK_API_URL": api_url,
        "SLACK_BOT_TOKEN": settings.SLACK_BOT_TOKEN,
        "SLACK_SIGNING_SECRET": settings.SLACK_SIGNING_SECRET,
        "SITE_URL": url,
        "SECRET_KEY": "a-key-for-the-tests-that-is-long-enough-to-be-accepted-by-every-check",
        "DATA_DIR": str(folder),
        "PORT": str(port),
        **more,
    }
    if settings.REDIS_URL:
        environment["REDIS_URL"] = settings.REDIS_URL
    log = folder / "up.log"
    command = [sys.executable, "manage.py", "up", "--verbose"]
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT)
        try:
            _wait_until_ready(url, process, log)
            yield Processes(url, log)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _wait_until_ready(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{url}/readyz").status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise AssertionError(f"The product did not start:\n{log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
