"""How the product runs under the tests."""

from __future__ import annotations

from typing import Protocol

from django.utils import timezone

from slackbot import inbox, projector, reminders, rows, sender
from slackbot.models import InboxEntry


class App(Protocol):
    """How the product runs under the tests: in this process, or as processes of its own."""

    @property
    def url(self) -> str: ...

    def work(self) -> bool:
        """Work off what is waiting; True when there was something to do."""


class InThisProcess:
    """The web server is a thread, and the worker runs when the test waits for it: fast, and easy to step through."""

    def __init__(self, url: str) -> None:
        self.url = url

    def work(self) -> bool:
        now = timezone.now
        received = inbox.run_due(rows.run, lane=InboxEntry.CORE, now=now)
        received += reminders.hand_over_due(now())
        projected = projector.catch_up(now=now)
        return bool(received + projected + sender.send_due(now=now))
