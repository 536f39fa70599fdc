"""How the product runs under the tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from threading import Thread
from typing import Protocol

from django.core.servers.basehttp import ThreadedWSGIServer
from django.core.wsgi import get_wsgi_application
from django.db.models import Min
from django.test.testcases import QuietWSGIRequestHandler
from django.utils import timezone

from incidents.models import Following
from jobs import queues
from slackbot.inbound import due_reminders, plugin_followers, scheduling
from slackbot.models import InboxEntry, OutboxEntry, Reminder, Scheduled
from slackbot.outbound import projector


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
        received = queues.get(InboxEntry.CORE).run_due(now)
        received += due_reminders.hand_over_due(now())
        received += scheduling.hand_over_due(now())
        projected = projector.catch_up(now=now)
        followed = plugin_followers.run_due(now)
        return bool(received + projected + followed + queues.get(OutboxEntry.QUEUE).run_due(now))


def next_due(*, before: datetime, stride: timedelta) -> datetime | None:
    """Return when the next reminder is due, or something is tried once more; the tries at least a `stride` apart."""
    now = timezone.now()
    asked = Reminder.objects.filter(is_open=True, due_at__gt=now).aggregate(next=Min("due_at"))["next"]
    planned = Scheduled.objects.filter(is_open=True, due_at__gt=now).aggregate(next=Min("due_at"))["next"]
    waiting = [
        rows.objects.filter(is_open=True, not_before__gt=now).aggregate(next=Min("not_before"))["next"]
        for rows in (InboxEntry, OutboxEntry, Following)
    ]
    tried = [max(moment, now + stride) for moment in waiting if moment is not None]
    found = min(filter(None, [asked, planned, *tried]), default=None)
    return found if found is not None and found <= before else None


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
