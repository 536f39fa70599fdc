"""What Slack told us. An event is stored before Slack is answered, and worked off by a worker, in order per channel.

A row runs like this: count the attempt and take a lease (commit), then run the handler and close the row in one
transaction. A handler that raises is tried again with growing pauses; after five failures, or three processes that died
under it, the row fails permanently: kept for operators, and the channel's later events go on.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet

from incidents import vetoes
from jobs import claims, endings, error_summary, late_locks, moments, retries, storing, switches, unknown_kinds, wakeup
from jobs.queues import Clock
from jobs.time_limits import time_limit
from jobs.work_log import about
from people.errors import Refusal
from slackbot.directory import names
from slackbot.inbound.failure_notices import apologise
from slackbot.inbound.job_kinds.kind import KINDS, InboxKind, kind_for, kind_of
from slackbot.kit.plugin_settings import without_secrets
from slackbot.kit.registry import Registered
from slackbot.models import InboxEntry

logger = logging.getLogger(__name__)

EMPTIED: Final = "redacted"  # the mark in a payload of which a redaction left nothing else
URGENT: Final = 0
NORMAL: Final = 5


class NotYet(Exception):
    """Raised by a kind when what the row is about is still being made. The row waits; nothing counts."""


_unknown_kinds: Final = unknown_kinds.UnknownKinds()


def entry(
    kind: type[InboxKind],
    *,
    key: str,
    payload: Any,
    order_key: str,
    now: datetime,
    handler: Registered | None = None,
) -> InboxEntry:
    """Return a row of a kind for `handler`, or for the core. Plugins run apart, where they have a queue of their own.

    A handler that runs in the background has rows of the kind's background name.
    """
    of_plugin = handler is not None and not handler.is_built_in
    known = KINDS[kind.name].for_handler(handler)
    queue = InboxEntry.PLUGINS if of_plugin and settings.PLUGIN_QUEUES else InboxEntry.CORE
    return InboxEntry(
        key=storing.short(key),
        queue=InboxEntry.ANSWERS if known.is_awaited else queue,
        tier=known.tier_for(handler),
        kind=known.name,
        handler=handler.id if handler else "",
        plugin=handler.plugin if handler and of_plugin else "",
        payload=payload,
        order_key=storing.short(order_key),
        priority=URGENT if known.is_awaited else NORMAL,
        created_at=now,
    )


def entry_for(handler: Registered, *, key: str, payload: Any, order_key: str, now: datetime) -> InboxEntry:
    """Return a row for a handler, of the kind that handles what it was declared as."""
    return entry(kind_for(handler), key=key, payload=payload, order_key=order_key, now=now, handler=handler)


def store(entries: Sequence[InboxEntry]) -> int:
    """Keep what came, and return how many are new. What we have already, by its key, is left alone.

    Slack waits for this: one statement that commits by itself takes half as long as `bulk_create`, which is three.
    """
    with _turn_to_write():
        return storing.insert(entries, on_conflict="NOTHING")


def _turn_to_write() -> AbstractContextManager[None]:
    """SQLite's writers wait for each other before a transaction; PostgreSQL's need none for a single statement."""
    return transaction.atomic(savepoint=False) if connection.vendor == "sqlite" else nullcontext()


def order_of(about: str, handler: Registered) -> str:
    """Return what rows about the same channel or incident are put in order by.

    The built-ins rely on each other's order. A plugin's handlers each go their own way: one that fails stops no other.
    """
    return storing.short(f"{about}:{handler.plugin if handler.is_built_in else handler.id}")


def hand_over(payload: Any, *, key: str, order_key: str, handler: Registered, now: datetime) -> None:
    """Leave something to the queue of its handler, once."""
    row = entry_for(handler, key=key, payload=payload, order_key=order_key, now=now)
    store([row])
    wakeup.wake_after_commit(row.queue)


def answer_once(
    *, key: str, kind: str, now: datetime, work: Callable[[], Any], asked_in: Mapping[str, str] | None = None
) -> Any:
    """Run `work` and keep its answer, in one transaction; a second delivery of the same request gets the kept answer.

    `asked_in` is kept beside it: the ids of the person and of the channel.
    When `work` raises, nothing is kept: the next delivery, or the corrected form, is a new try.
    """
    key = storing.short(key)
    row = InboxEntry(
        key=key,
        kind=KINDS[kind].name,
        payload=dict(asked_in or {}),
        order_key=key,
        priority=URGENT,
        created_at=now,
        is_open=False,
        closed_at=now,
        attempts=1,
    )

    def whole() -> None:
        with transaction.atomic():
            row.answer = work()
            if not store([row]):
                raise _AnsweredBefore

    try:
        vetoes.asking(whole)
    except Exception:
        # Perhaps it was answered before. What we did now is undone, and that answer holds, whatever we say today.
        if (kept := InboxEntry.objects.filter(key=key).first()) is None:
            raise
        return kept.answer
    return row.answer


class _AnsweredBefore(Exception):
    """The same request was answered earlier, or at the same moment."""


def run(row: InboxEntry, now: datetime) -> None:
    """Run what a row is about. Raise `Refusal` for a refusal, which is an answer and not a failure."""
    kind = kind_of(row.kind)
    with time_limit(kind.time_limit(row.queue)):
        kind.run(row, now)


def work_on(row: InboxEntry, now: Clock) -> None:
    """Run a claimed row and note how it ended. Whatever goes wrong ends in the row, not in an exception."""
    with about(delivery=row.key, handler=row.handler or row.kind, attempt=row.attempts):
        _work_on(row, now)


def _work_on(row: InboxEntry, now: Clock) -> None:
    kind = kind_of(row.kind)
    if retries.deaths(row) >= kind.max_deaths:
        _give_up(row, now=now(), reason=retries.why_deadly(row))
        return
    try:
        if kind.has_message:
            names.learn(row.payload, now=now())
        _run(row, now)
    except Refusal as refusal:  # the transaction was rolled back: only the row is left to close
        logger.info("Inbox row %s (%s) was refused: %s", row.pk, row.handler or row.kind, refusal)
        _close(row, now=now())
    except NotYet:
        endings.put_back(_rows(row), not_before=now() + timedelta(seconds=1))
    except unknown_kinds.Unknown as unknown:
        _unknown_kinds.note(kind=row.kind, handler=row.handler)
        if unknown_kinds.is_nobodys(row, now()):
            _give_up(row, now=now(), reason=unknown.reason)
            return
        logger.warning("Left inbox row %s to another process. %s", row.pk, unknown)
        endings.put_back(_rows(row), not_before=None, error=str(unknown))
    except Exception:  # noqa: BLE001 — a plugin may raise anything; the row keeps it and nobody else is stopped
        _note_failure(row, now=now(), error=traceback.format_exc())


def _run(row: InboxEntry, now: Clock) -> None:
    if not kind_of(row.kind).in_transaction:
        run(row, now())
        _close(row, now=now())
        return
    late_locks.run(partial(_run_in_transaction, row, now), locks_late=bool(row.plugin))


def _run_in_transaction(row: InboxEntry, now: Clock) -> None:
    """Run it and close it. When it is no longer ours to close, whatever was done is undone."""

    def whole() -> None:
        with transaction.atomic():
            run(row, now())
            if not _close(row, now=now()):
                transaction.set_rollback(True)

    vetoes.asking(whole)


def claim_next(queue: str, now: datetime) -> InboxEntry | None:
    """Take the next row of a queue for this process; None when nothing is due."""
    return claims.claim_next(_search, *_state(queue), now=now)


def is_waiting(queue: str, since: datetime) -> bool:
    """Return True if a row of a queue could have been run since that moment."""
    return claims.is_waiting(_search, *_state(queue), since=since)


def _state(queue: str) -> tuple[Hashable, ...]:
    return queue, _unknown_kinds.noted, switches.by_environment()


def _search(now: moments.Moment, queue: str, *_: object) -> claims.Candidates[InboxEntry]:
    rows = switches.running(InboxEntry.objects.all())
    out_of_line = _unknown_kinds.overtaken(now)
    in_line = rows.exclude(out_of_line) if out_of_line else rows
    earlier = in_line.filter(is_open=True, order_key=OuterRef("order_key"), pk__lt=OuterRef("pk"))
    ours = _unknown_kinds.left_alone(rows, now)
    return claims.Candidates(claims.due(ours.filter(queue=queue), now), ~Exists(earlier), in_line, out_of_line, ("pk",))


def _rows(row: InboxEntry) -> QuerySet[InboxEntry]:
    """Return the row, as long as the present attempt holds it and nobody cut it off."""
    return endings.held_by_us(row).filter(is_open=True)


def _close(row: InboxEntry, *, now: datetime) -> bool:
    """Return False when somebody else took it, or cut it off, meanwhile."""
    return endings.close(row, now=now, as_long_as={"is_open": True}, answer=row.answer)


def _note_failure(row: InboxEntry, *, now: datetime, error: str) -> None:
    logger.error("Inbox row %s (%s, %s) failed, attempt %s:\n%s", row.pk, row.kind, row.handler, row.attempts, error)
    row.failures += 1
    if row.failures >= kind_of(row.kind).max_failures:
        _give_up(row, now=now, reason=error)
        return
    error = without_secrets(error)
    endings.note_failure(_rows(row), error=error, not_before=now + retries.pause(row.failures))


def _give_up(row: InboxEntry, *, now: datetime, reason: str) -> None:
    logger.error(
        "Inbox row %s (%s, %s) failed permanently: %s",
        row.pk,
        row.kind,
        row.handler,
        error_summary.telling_line(reason),
    )
    try:
        with transaction.atomic():
            if _mark_given_up(row, now=now, reason=reason):
                apologise(row, reason=reason, now=now)
    except Exception:  # what ended the row may be what makes it unreadable here, too
        logger.exception("Inbox row %s failed permanently, and we couldn't notify anyone", row.pk)
        _mark_given_up(row, now=now, reason=reason)


def _mark_given_up(row: InboxEntry, *, now: datetime, reason: str) -> bool:
    reason = without_secrets(reason)
    return endings.fail_permanently(_rows(row), now=now, reason=reason, failures=row.failures)
