"""The worker's two lanes, each a process of its own: one runs what came in, one sends what goes out.

They look at the database when a bell rings, and by themselves every so often, which is all they need.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import resource
import signal
import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from datetime import datetime, timedelta
from types import FrameType
from typing import Final, TypeAlias

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import timezone

from jobs import crash_reports, heartbeats, processes, retries, storing, wakeup
from jobs.leases import Leases
from jobs.wakeup import Bell, Lane
from slackbot.api.client import RateLimited, SlackProblem
from slackbot.directory import workspace
from slackbot.inbound import inbox, reminders, scheduling, withheld
from slackbot.inbound.job_kinds.kind import kind_of
from slackbot.jobs import switches
from slackbot.models import InboxEntry, Kept, LastSaid, OutboxEntry
from slackbot.operators import auditor
from slackbot.outbound import outbox, projector, sender
from slackbot.outbound.deliveries.kind import kinds_where

logger = logging.getLogger(__name__)

LOOK: Final = 0.5  # seconds between looks without a bell
LOOK_WITH_CELERY: Final = 2.0  # Celery's workers are faster, and this is the net under them
TIDY_EVERY: Final = 2.0
SENDERS: Final = 4
PATIENT_FAILURES: Final = 4  # Slack, or the sandbox, may start a moment after us
SYNC_EVERY: Final = timedelta(hours=6)

Flights: TypeAlias = dict[Future[bool], int]  # what senders are at work on, by the primary key of the row


class Stop:
    """Set by SIGTERM and SIGINT: finish what is in hand, then end."""

    def __init__(self) -> None:
        self.asked = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


def run_inbox(stop: Stop) -> None:
    """Run what the core handles, and hand over the reminders that are due."""
    _run_lane("inbox", stop)


def run_plugins(stop: Stop) -> None:
    """Run what plugins handle, where they can break nothing but this process, nor take all memory."""
    _limit_memory()
    _run_lane("plugins", stop)


def run_answers(stop: Stop) -> None:
    """Run what plugins answer to somebody who waits, as well guarded, and not behind what nobody waits for."""
    _limit_memory()
    _run_lane("answers", stop)


def _limit_memory() -> None:
    bytes_ = settings.PLUGIN_MEMORY_MB * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (bytes_, bytes_))


def _run_lane(lane: Lane, stop: Stop) -> None:
    words = crash_reports.follow(lane)
    with closing(Bell(lane)) as bell:
        _work_off(lane, bell, stop, words)


def _work_off(lane: Lane, bell: Bell, stop: Stop, words: str) -> None:
    leases = Leases(lambda: InboxEntry.objects.filter(queue=lane), crash_report=words)
    pulse, next_reminders = heartbeats.Pulse(lane), 0.0
    while not stop.asked:
        try:
            pulse.beat(timezone.now())
            leases.tidy()
            if lane == InboxEntry.CORE and time.monotonic() >= next_reminders:
                reminders.hand_over_due(timezone.now())
                scheduling.hand_over_due(timezone.now())
                next_reminders = time.monotonic() + LOOK
            worked = inbox.run_next(queue=lane, now=timezone.now, run=_run_watched)
        except (OperationalError, InterfaceError) as error:
            _wait_for_database(error)
            leases.are_in_doubt = True
            continue
        if not worked:
            bell.wait(_look(lane))
    pulse.end()


def _run_watched(row: InboxEntry, now: datetime) -> None:
    """Run a row. One that hangs ends this process, with every thread's traceback; the supervisor starts another."""
    seconds = kind_of(row.kind).time_limit(row.queue)
    faulthandler.dump_traceback_later(seconds, exit=True, file=crash_reports.trace_file())
    try:
        inbox.run(row, now)
    finally:
        faulthandler.cancel_dump_traceback_later()


def run_outbox(stop: Stop) -> None:
    """Project and claim here, send in a few threads: while one waits for Slack the others go on."""
    leases = Leases(OutboxEntry.objects.all, crash_report=crash_reports.follow("outbox"))
    chores, pulse = Chores(), heartbeats.Pulse("outbox")
    flying: Flights = {}
    with closing(Bell("outbox")) as bell, ThreadPoolExecutor(SENDERS + 1, thread_name_prefix="sender") as pool:
        while not stop.asked:
            try:
                pulse.beat(timezone.now())
                leases.tidy(in_hand=flying.values())
                is_through = not projector.catch_up(now=timezone.now)
                while len(flying) < SENDERS and (row := sender.claim_next(timezone.now())) is not None:
                    flying[pool.submit(_send, row)] = row.pk
                chores.start_what_is_due(pool)
            except (OperationalError, InterfaceError) as error:
                _wait_for_database(error)
                leases.are_in_doubt = is_through = True
            for flight in _landed(bell, flying, patience=_look("outbox") if is_through else 0):
                del flying[flight]
                leases.are_in_doubt |= not flight.result()
    pulse.end()


def _landed(bell: Bell, flying: Flights, *, patience: float) -> set[Future[bool]]:
    """Wait for a bell, or for one of the senders to come back; return those that did."""
    if not flying:
        bell.wait(patience)
        return set()
    landed, _ = wait(flying, timeout=0.02, return_when=FIRST_COMPLETED)
    if not landed:
        bell.wait(0.02)
    return landed


def _send(row: OutboxEntry) -> bool:
    """Return False when the database went away, so that nobody knows what became of the row."""
    try:
        sender.send(row, now=timezone.now)
    except (OperationalError, InterfaceError) as error:
        logger.warning("The database went away while sending: %s", error)
        close_old_connections()
        return False
    return True


class Chores:
    """What has to be done now and then: know the workspace and its people, and throw old rows away."""

    def __init__(self) -> None:
        self.next_connect = timezone.now()
        self.next_cleaning = timezone.now() + timedelta(minutes=5)
        self.next_audit = timezone.now() + auditor.SETTLED
        self.failures = 0
        self.census = workspace.Census()
        self.running: Future[None] | None = None

    def start_what_is_due(self, pool: ThreadPoolExecutor) -> None:
        """Never more than one at a time, and none in the way of what people wait for."""
        if timezone.now() >= min(self.next_connect, self.next_cleaning, self.next_audit) and (
            self.running is None or self.running.done()
        ):
            self.running = pool.submit(self._do_what_is_due)

    def _do_what_is_due(self) -> None:
        now = timezone.now()
        try:
            if now >= self.next_connect:
                switches.note_environment(at=now)
                self._connect(now)
            if now >= self.next_cleaning:
                self.next_cleaning = now + timedelta(hours=1)
                throw_away_old_rows(now)
            if now >= self.next_audit:
                self.next_audit = now + auditor.SETTLED
                auditor.audit_when_due(now)
        except (OperationalError, InterfaceError) as error:
            logger.warning("The database went away during a chore: %s", error)
            close_old_connections()
        except Exception:
            logger.exception("A chore failed; it is tried again in five minutes")
            self.next_connect = self.next_cleaning = self.next_audit = now + timedelta(minutes=5)

    def _connect(self, now: datetime) -> None:
        try:
            self.census.take(workspace.connect(now=now), now=now)
        except SlackProblem as problem:
            self.failures += 1
            asked_for = timedelta(seconds=problem.seconds if isinstance(problem, RateLimited) else 0)
            self.next_connect = now + max(asked_for, retries.pause(self.failures))
            level = logging.INFO if self.failures < PATIENT_FAILURES else logging.WARNING
            logger.log(level, "Cannot get to know the workspace yet: %s", problem)
        else:
            self.failures = 0
            self.next_connect = now + SYNC_EVERY


def throw_away_old_rows(now: datetime) -> None:
    """Forget what was dealt with two weeks ago. What was given up stays until a person has looked."""
    outgoing = OutboxEntry.objects.exclude(kind__in=kinds_where(lambda kind: kind.is_kept))
    for kept in (InboxEntry.objects.all(), outgoing):
        closed = kept.filter(is_open=False, given_up_at=None, closed_at__lt=now - storing.KEPT_FOR)
        old = closed.values_list("pk", flat=True)
        while batch := list(old[:500]):  # small ones: others write between them
            kept.filter(pk__in=batch).delete()
    scheduling.old(now - storing.KEPT_FOR).delete()
    Kept.objects.filter(created_at__lt=now - storing.KEPT_FOR).delete()
    LastSaid.objects.filter(key__startswith=outbox.COMMAND, said_at__lt=now - storing.KEPT_FOR).delete()
    withheld.throw_away_old(now)


def _look(lane: Lane) -> float:
    return LOOK_WITH_CELERY if settings.REDIS_URL and lane in wakeup.CORE else LOOK


def _wait_for_database(error: Exception) -> None:
    logger.warning("The database does not answer, looking again in a second: %s", error)
    connection.close()
    time.sleep(1)


LANES: Final = {"inbox": run_inbox, "plugins": run_plugins, "answers": run_answers, "outbox": run_outbox}


def run(lane: Lane) -> None:
    os.nice(10)  # where there is not enough processor for all, whoever waits for an answer on the web comes first
    wakeup.relay(lane)
    processes.work_on(lane)
    LANES[lane](Stop())
