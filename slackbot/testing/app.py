"""How the product runs under the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Protocol

from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application
from django.test.testcases import QuietWSGIRequestHandler
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


@contextmanager
def running_web_server() -> Iterator[str]:
    """Serve the product from a thread, on a free port of this machine; yield its address.

    pytest-django's `live_server` does the same, and needs half a second to stop.
    """
    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietWSGIRequestHandler)
    server.set_app(get_wsgi_application())
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
