"""Send what is in the outbox: in order per channel, urgent before chatty, each message once.

What Slack refuses is tried again, with growing pauses, unless the code says that its content is rejected: see
`slackbot.api.error_codes`. After a minute of refusals later rows go past it, and the people of the incident are told
once.

Slack has no idempotency key. A message carries its row's key in its metadata, and the row notes when Slack was asked;
when the answer never came (a time-out, a killed process), the sender looks for the key in the channel before it says it
again.
"""

from __future__ import annotations

import logging
import traceback
from collections.abc import Hashable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from jobs import claims, endings, error_summary, leases, moments, retries, switches, unknown_kinds
from jobs.queues import Clock
from jobs.work_log import about, note
from people.texts import cleaned
from slackbot.api import client, rate_limits
from slackbot.api.client import Call, LockedOut, NotSent, RateLimited, Refused, Unsure
from slackbot.api.error_codes import REFUSES_ALL, Meaning
from slackbot.directory import names
from slackbot.models import OutboxEntry
from slackbot.outbound import closures, repairs
from slackbot.outbound.deliveries.kind import Kind, NotYet, kind_of, kinds_where
from slackbot.rendering.snapshots import incident_as_it_is

logger = logging.getLogger(__name__)

SETTLE: Final = timedelta(seconds=10)  # a call whose answer we lost may still be on its way to take effect
MAX_MISTAKES: Final = 8  # of our own: a row that cannot be drawn must not be tried for ever
STEPS_ASIDE: Final = timedelta(minutes=1)  # after so long of refusals
EDIT: Final = "chat.update"
TRACEBACK: Final = "Traceback "
CALLS_PER_ROW: Final = 200  # a members picture needs one for each guest

_unknown_kinds: Final = unknown_kinds.UnknownKinds()


def claim_next(now: datetime) -> OutboxEntry | None:
    """Take the next row: the most urgent first, no row before an earlier one of its channel and urgency."""
    return claims.claim_next(_search, *_state(), now=now)


def is_waiting(since: datetime) -> bool:
    """Return True if a row could have been sent since that moment."""
    return claims.is_waiting(_search, *_state(), since=since)


def _state() -> tuple[Hashable, ...]:
    in_order = kinds_where(lambda kind: kind.keeps_order)
    return _unknown_kinds.noted, in_order, switches.by_environment()


def _search(now: moments.Moment, _unknown: Q, in_order: tuple[str, ...], *_: object) -> claims.Candidates[OutboxEntry]:
    rows = switches.running(OutboxEntry.objects.all())
    aside = Q(refused_at__isnull=False, refused_at__lt=now - STEPS_ASIDE) & ~Q(kind__in=in_order) & ~leases.held(now)
    out_of_line = aside | _unknown_kinds.overtaken(now)
    in_line = rows.exclude(out_of_line)
    others = in_line.filter(is_open=True, order_key=OuterRef("order_key")).exclude(pk=OuterRef("pk"))
    before = Q(priority__lt=OuterRef("priority")) | Q(priority=OuterRef("priority"), pk__lt=OuterRef("pk"))
    in_the_way = others.filter(before | leases.held(now))
    ours = _unknown_kinds.left_alone(rows, now)
    return claims.Candidates(claims.due(ours, now), ~Exists(in_the_way), in_line, out_of_line, ("priority", "pk"))


def send(row: OutboxEntry, now: Clock) -> None:
    """Carry a claimed row out and note how it ended. Whatever goes wrong ends in the row, not in an exception."""
    with about(outbox=row.key, kind=row.kind, attempt=row.attempts):
        _send_claimed(row, now)


def _send_claimed(row: OutboxEntry, now: Clock) -> None:
    if row.expires_at is not None and row.expires_at <= now():
        _end(row, now=now(), error="Too late to be useful")
        return
    try:
        _send(row, now)
    except NotYet as wait:
        _put_back(row, not_before=now() + timedelta(seconds=wait.seconds))
    except unknown_kinds.Unknown as unknown:
        _leave(row, unknown, now=now())
    except RateLimited as limited:
        _put_back(row, not_before=now() + min(timedelta(seconds=limited.seconds), retries.LONGEST_PAUSE))
    except LockedOut as locked:
        _note_locked_out(row, locked, now=now())
    except Refused as refusal:
        _note_refusal(row, refusal, now=now())
    except NotSent as problem:
        _note_failure(row, error=str(problem), not_before=now() + retries.pause(row.failures + 1))
    except Unsure as problem:
        _note_failure(row, error=str(problem), not_before=now() + max(SETTLE, retries.pause(row.failures + 1)))
    except Exception:  # noqa: BLE001 — a mistake in drawing one picture must not stop the others
        error = traceback.format_exc()
        logger.error("Outbox row %s failed:\n%s", row, error)
        if row.failures + 1 >= MAX_MISTAKES and row.error.startswith(TRACEBACK):  # and not only Slack's faults before
            _give_up(row, now=now(), reason=error_summary.telling_line(error))
            return
        _note_failure(row, error=error, not_before=now() + retries.pause(row.failures + 1))


def _send(row: OutboxEntry, now: Clock) -> None:
    kind, repaired = kind_of(row), set[str]()
    only_edits = row.attempts == 1  # what stood before this row was opened: nobody waits for that
    for _ in range(CALLS_PER_ROW):
        if row.incident_id is not None:
            row.incident = incident_as_it_is(row.incident_id)
            note(incident=row.incident.reference)
        call = kind.prepare(row, now())
        if call is None:
            break
        if closures.hold(row, call, now=now()):
            return
        rate_limits.wait_for(call.gates, now())
        try:
            answer = _carry_out(row, call, now)
        except Refused as refusal:
            if refusal.method != call.method or repairs.is_contradicted(call, refusal):
                raise
            recovered = kind.recover(row, call, refusal)
            if recovered is None and closures.doubt(row, call, refusal, now=now()):
                return
            if recovered is None:
                if not _goes_another_way(row, call, refusal, now()):
                    if refusal.error in repaired or not repairs.repair(row, call, refusal):
                        raise
                    repaired.add(refusal.error)
                continue
            answer = recovered
        names.learn(kind.names_in(answer), now=now())
        only_edits = only_edits and call.method == EDIT
        with _noting(row, kind, call, only_edits=only_edits):
            done = kind.sent(row, call, answer, now())
            row.asked_at = None
            if done and only_edits:
                _close(row, now=now())
            elif done:
                _end(row, now=now())
            else:
                _rows(row).update(result=row.result, asked_at=None)
        if done:
            return
    else:
        _put_back(row, not_before=now())  # it has more to do than others can wait for
        return
    _end(row, now=now())


def _noting(row: OutboxEntry, kind: Kind, call: Call, *, only_edits: bool) -> AbstractContextManager[None]:
    """Hold together what is noted of an answer. Where that is one statement, PostgreSQL needs no transaction.

    SQLite's writers wait for their turn before a transaction, and longer without one: see `response.sqlite.base`.
    """
    wakes_nobody = (only_edits or not _waiting_for(row)) and not _was_refused(row)
    is_one = kind.only_notes(call) and wakes_nobody and connection.vendor != "sqlite"
    return nullcontext() if is_one else transaction.atomic()


def _goes_another_way(row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
    with transaction.atomic():
        if not kind_of(row).refused(row, call, refusal, now):
            return False
        row.asked_at = None  # Slack refused: there is nothing to look for
        _rows(row).update(result=row.result, asked_at=None)
    return True


def _carry_out(row: OutboxEntry, call: Call, now: Clock) -> Mapping[str, Any]:
    asked_before = row.asked_at
    if call.only_once:
        said = _said_already(row, call, now())
        if said is not None:
            return said
        # Committed before the call: if we die in it, the next attempt knows that it must look first.
        row.asked_at = now()
        _rows(row).update(asked_at=row.asked_at)
    try:
        return _ask_slack(call)
    except (NotSent, Refused, LockedOut):
        row.asked_at = asked_before
        _rows(row).update(asked_at=asked_before)
        raise
    except RateLimited as limited:
        _rows(row).update(asked_at=asked_before)
        rate_limits.close(rate_limits.of(call), limited, now=now())
        raise


def _said_already(row: OutboxEntry, call: Call, now: datetime) -> Mapping[str, Any] | None:
    """Look for what an attempt before may have said, once that can have taken effect."""
    if row.asked_at is None:
        return None
    if not now - retries.LONGEST_PAUSE < row.asked_at <= now:  # by a clock that jumped, so it may be a moment ago
        row.asked_at = now
        _rows(row).update(asked_at=now)
    settled_at = row.asked_at + SETTLE
    if now < settled_at:
        raise NotYet(seconds=(settled_at - now).total_seconds())
    return kind_of(row).find_done(row, call)


def _ask_slack(call: Call) -> Mapping[str, Any]:
    if call.method == client.RESPONSE_URL:
        client.answer(call.args["url"], call.args["body"])
        return {}
    return client.read(call.method, call.args) if call.reads else client.call(call.method, call.args)


# How it ended ---------------------------------------------------------------------------------------------------------


def _rows(row: OutboxEntry) -> QuerySet[OutboxEntry]:
    """Return the row, as long as the present attempt holds it."""
    return endings.held_by_us(row)


def _end(row: OutboxEntry, *, now: datetime, error: str = "") -> None:
    """Close the row, and wake the rows that waited for it."""
    _wake(row, now=now)
    _close(row, now=now, error=error)


def _close(row: OutboxEntry, *, now: datetime, error: str = "") -> None:
    """Done, unless the picture was wanted again while we drew it."""
    noted = {"result": row.result, "asked_at": row.asked_at, "refused_at": None}
    _wake_the_refused(row)
    if not endings.close(row, now=now, error=error, as_long_as={"wanted": row.wanted}, **noted):
        endings.begin_again(_rows(row), **noted)


def _wake(row: OutboxEntry, *, now: datetime) -> None:
    """Have those look again who waited for this; not when a call of theirs failed, or may still take effect."""
    if waiting := _waiting_for(row):
        patient = OutboxEntry.objects.filter(kind__in=waiting, is_open=True, failures=0, asked_at=None)
        patient.filter(incident=row.incident_id).update(not_before=now)


def _waiting_for(row: OutboxEntry) -> tuple[str, ...]:
    return kinds_where(lambda kind: row.kind in kind.waits_for)


def _was_refused(row: OutboxEntry) -> bool:
    return row.refused_at is not None or row.error.startswith(REFUSES_ALL)


def _wake_the_refused(row: OutboxEntry) -> None:
    """Try others at once that Slack refused for the same reason as this, which it took now."""
    if _was_refused(row):
        OutboxEntry.objects.filter(is_open=True, error=row.error, lease_until=None).update(not_before=None)


def _leave(row: OutboxEntry, unknown: unknown_kinds.Unknown, *, now: datetime) -> None:
    _unknown_kinds.note(kind=row.kind)
    if unknown_kinds.is_nobodys(row, now):
        _give_up(row, now=now, reason=unknown.reason)
        return
    logger.warning("Left outbox row %s to another process. %s", row.pk, unknown)
    _put_back(row, not_before=None, error=str(unknown))


def _put_back(row: OutboxEntry, *, not_before: datetime | None, error: str = "") -> None:
    endings.put_back(_rows(row), not_before=not_before, error=error)


def _note_failure(row: OutboxEntry, *, error: str, not_before: datetime, **more: Any) -> None:
    logger.warning("Outbox row %s failed, attempt %s: %s", row, row.attempts, error_summary.telling_line(error))
    endings.note_failure(_rows(row), error=error, not_before=not_before, **more)


def _note_locked_out(row: OutboxEntry, locked: LockedOut, *, now: datetime) -> None:
    """Hold the row. The log has it once, and the auditor and doctor while it lasts: see `refusals.of_all`."""
    error = f"{REFUSES_ALL}{locked}"
    if not OutboxEntry.objects.filter(is_open=True, error=error).exists():
        logger.error("%s. Nothing is lost: Response keeps retrying.", error)
    _note_failure(row, error=error, not_before=now + retries.pause(row.failures + 1))


def _note_refusal(row: OutboxEntry, refusal: Refused, *, now: datetime) -> None:
    """Try the row again with growing pauses, and report it after a minute; give up what Slack will never take."""
    kind, reason = kind_of(row), cleaned(str(refusal))
    since = min(row.refused_at or now, now)
    if refusal.meaning is Meaning.FINAL or now - since > kind.tried_for:
        _give_up(row, now=now, reason=reason)
        return
    if now - since >= kind.reported_after:
        _report(row, reason, now=now)
    _note_failure(
        row, error=reason, not_before=now + retries.pause(row.failures + 1), refused_at=since, result=row.result
    )
    # Wanted again meanwhile, it may look different now.
    OutboxEntry.objects.filter(pk=row.pk, lease_until=None).exclude(wanted=row.wanted).update(not_before=None)


def _report(row: OutboxEntry, reason: str, *, now: datetime) -> None:
    try:
        with transaction.atomic():
            kind_of(row).held_up(row, reason, now)
    except Exception:  # the row is tried again all the same
        logger.exception("Slack rejects outbox row %s, and we couldn't notify anyone", row)


def _give_up(row: OutboxEntry, *, now: datetime, reason: str) -> None:
    """Slack said no for good: keep it for operators, and say so where people of the incident look.

    A picture that was wanted again meanwhile has another try: it may look different now.
    """
    logger.error("Outbox row %s failed permanently: %s", row, reason)
    reason = cleaned(reason)
    try:
        with transaction.atomic():
            if _mark_given_up(row, now=now, reason=reason) and row.error != reason:  # not told before
                kind_of(row).given_up(row, reason, now)
    except Exception:  # what ended the row may be what makes it unreadable here, too
        logger.exception("Outbox row %s failed permanently, and we couldn't notify anyone", row)
        with transaction.atomic():
            _mark_given_up(row, now=now, reason=reason)


def _mark_given_up(row: OutboxEntry, *, now: datetime, reason: str) -> bool:
    """Return False when the picture was wanted again, and is tried again."""
    refused = _rows(row).filter(wanted=row.wanted)
    if not endings.fail_permanently(refused, now=now, reason=reason):
        endings.begin_again(_rows(row), error=reason)
        return False
    _wake(row, now=now)
    return True
