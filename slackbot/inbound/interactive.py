"""Answer somebody who waits: Slack gives us three seconds, and a plugin may take none of them away from the others.

Built-in handlers run right here. Those of plugins run in a process of their own; the request waits for the answer a
little while, and what has not ended by then is cut off: it changes nothing any more, and the person is told.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from incidents.vetoes import Change
from jobs import processes, queues, storing, wakeup
from jobs.error_summary import telling_line
from jobs.work_log import about
from slackbot.inbound import dispatcher, inbox, payloads, searches
from slackbot.inbound.answers import Answer, FormRefused
from slackbot.inbound.dispatcher import Request
from slackbot.inbound.job_kinds.interactive import InteractiveKind, SearchKind, answered_as
from slackbot.inbound.job_kinds.kind import AwaitedKind
from slackbot.inbound.job_kinds.veto import VetoKind, refusal
from slackbot.inbound.payloads import OptionSearch, Submission
from slackbot.kit import switches
from slackbot.kit.plugin_settings import without_secrets
from slackbot.kit.registry import Action, Command, DialogForm, Registered, Veto, registry
from slackbot.models import InboxEntry

logger = logging.getLogger(__name__)

PATIENCE: Final = 2.0  # seconds for a plugin, from the request on; opening a dialog afterwards takes some more
PATIENCE_OF_SEARCHES: Final = 1.5  # somebody types, and the next letter asks again
GLANCE: Final = 0.01
VERDICT: Final = 1.0  # seconds for all that may refuse a change
REST: Final = 60.0  # seconds


def answer(request: Request, *, now: datetime) -> Answer:
    """Run the handler of a request once, however often it is delivered. Raise `FormRefused` when a dialog refuses."""
    handler = dispatcher.handler_of(request)
    with about(delivery=request.key, handler=handler.id if handler else "nobody's"):
        try:
            answer = _answer(request, handler, now=now)
        except FormRefused as refusal:
            raise FormRefused(without_secrets(dict(refusal.errors))) from refusal
        return answer if handler is None or handler.is_built_in else _without_secrets(answer)


def _without_secrets(answer: Answer) -> Answer:
    return replace(answer, ack=without_secrets(answer.ack), blocks=without_secrets(answer.blocks))


def _answer(request: Request, handler: dispatcher.Handler | None, *, now: datetime) -> Answer:
    if handler is not None and (sentence := switches.why_held(handler)) is not None:
        return _refuse(request, sentence)
    if isinstance(handler, Action | DialogForm) and handler.background:
        return _in_background(request, handler, now=now)
    if handler is None or handler.is_built_in:
        reads_only = isinstance(handler, Command) and handler.reads_only
        return dispatcher.answer(request, now=now) if reads_only else _here(request, now=now)
    return _by_worker(request, handler, now=now)


def _refuse(request: Request, sentence: str) -> Answer:
    if isinstance(request, Submission):
        raise FormRefused({next(iter(request.values), ""): sentence})
    return Answer(ack=f"❓ {sentence}")


def _here(request: Request, *, now: datetime) -> Answer:
    kept = inbox.answer_once(
        key=request.key,
        kind=answered_as(type(request)),
        now=now,
        work=lambda: dispatcher.answer(request, now=now).as_json(),
        asked_in={"user_id": request.origin.user_id, "channel_id": request.origin.channel_id},
    )
    return payloads.revived(Answer, kept)


def _in_background(request: Request, handler: Action | DialogForm, *, now: datetime) -> Answer:
    """Keep it for a worker. A dialog is looked at first, as long as its fields can still be corrected."""
    key = request.key
    if isinstance(request, Submission):
        if handler.is_built_in:
            dispatcher.answer(request, now=now)
        elif isinstance(handler, DialogForm) and handler.validate is not None:
            _by_worker(request, handler, now=now)
            key = f"background:{key}"  # its own one has the answer of `validate`
        request = Submission(**{**vars(request), "in_background": True})
    inbox.hand_over(
        payloads.as_json(request),
        key=key,
        order_key=f"{handler.plugin}:{handler.name}:{request.key}",
        handler=handler,
        now=now,
    )
    return Answer()


def find(search: OptionSearch, *, now: datetime) -> list[dict[str, Any]]:
    """Return the options that fit what was typed, as Slack takes them. A search that fails or is slow finds none."""
    form = registry.dialogs.get(search.dialog_id)
    if form is None:
        return []
    if form.is_built_in:
        return searches.find(search)
    row, was_cut_off = _ask_worker(
        SearchKind, vars(search), handler=form, key=f"search:{uuid4()}", now=now, patience=PATIENCE_OF_SEARCHES
    )
    if row.answer is not None and not was_cut_off:
        row.delete()  # there is one for each letter that somebody types
    return row.answer or []


def _ask_worker(
    kind: type[AwaitedKind],
    payload: Mapping[str, Any],
    *,
    handler: Registered,
    key: str,
    now: datetime,
    patience: float = PATIENCE,
) -> tuple[InboxEntry, bool]:
    """Have a plugin's handler run by its process, and wait a little; True when it took too long and was cut off.

    The wait counts from `now`, when the request came, as Slack's does: storing it under load takes its part.
    """
    key = storing.short(key)
    spent = (timezone.now() - now).total_seconds()
    deadline = time.monotonic() + patience - min(max(spent, 0.0), patience)  # a clock may have been set meanwhile
    new = inbox.entry(kind, key=key, payload=payload, order_key=key, now=now, handler=handler)
    inbox.store([new])
    row = InboxEntry.objects.get(key=key)
    if settings.PLUGIN_QUEUES:
        wakeup.wake(InboxEntry.ANSWERS)
    else:  # a test steps through plugins in its own process, and sees what a person would
        queues.get(InboxEntry.ANSWERS).run_due(timezone.now)
        row.refresh_from_db()
    while row.is_open and time.monotonic() < deadline:
        time.sleep(GLANCE)
        row.refresh_from_db(fields=["is_open", "answer", "given_up_at", "error"])
    was_cut_off = row.is_open and _cut_off(row, patience)
    row.refresh_from_db(fields=["is_open", "answer", "given_up_at", "error"])
    return row, was_cut_off


def verdict(change: Change) -> str:
    """Ask the plugins that may refuse a change; return the sentence of the first that does, or "".

    One that fails, or takes too long, refuses nothing, and is left alone for a minute. All of them together have a
    second, in their own process.
    """
    deadline = time.monotonic() + VERDICT
    for handler in registry.vetoes.get(change.kind, []):
        left = deadline - time.monotonic()
        if left <= 0 or _resting.get(handler.id, 0) > time.monotonic() or switches.why_held(handler):
            continue
        answer = _verdict_of(handler, change, patience=left)
        if answer is None:
            logger.error("The veto %s didn't answer in time before %s; the change is made", handler.id, change.kind)
            _resting[handler.id] = time.monotonic() + REST
        elif answer:
            return answer
    return ""


def _verdict_of(handler: Veto, change: Change, *, patience: float) -> str | None:
    payload = vars(change)
    if settings.PLUGIN_QUEUES and processes.queue_of_this_process() == InboxEntry.ANSWERS:
        return _verdict_here(handler, payload, patience=patience)
    key, now = f"veto:{uuid4()}", timezone.now()
    row, was_cut_off = _ask_worker(VetoKind, payload, handler=handler, key=key, now=now, patience=patience)
    if was_cut_off or row.answer is None:
        return None
    row.delete()
    return without_secrets(str(row.answer["refuses"]))


def _verdict_here(handler: Veto, payload: Mapping[str, Any], *, patience: float) -> str | None:
    """Ask in this process, which is the plugins' own: it can't wait for itself."""
    asked = _pool.submit(refusal, handler, payload, timezone.now())
    try:
        return asked.result(patience)
    except Exception:  # noqa: BLE001 — a plugin may raise anything, and a broken veto refuses nothing
        logger.error("The veto %s failed:\n%s", handler.id, traceback.format_exc())
        return None


_resting: Final[dict[str, float]] = {}  # until when a veto that gave no answer is left alone
_pool: Final = ThreadPoolExecutor(2, thread_name_prefix="veto")


def _by_worker(request: Request, handler: Registered, *, now: datetime) -> Answer:
    name, payload = handler.name or handler.id, payloads.as_json(request)
    row, was_cut_off = _ask_worker(InteractiveKind, payload, handler=handler, key=request.key, now=now)
    if was_cut_off:
        return _apology(row, request, f"`{name}` took too long and was stopped. It changed nothing.")
    if row.answer is None:
        why = telling_line(row.error)[:200].rstrip(".") or "the reason is unknown"
        return _apology(row, request, f"`{name}` failed: {why}.")
    kept = payloads.revived(Answer, row.answer)
    if kept.errors:
        row.delete()  # the corrected form has the same key
        raise FormRefused(kept.errors)
    return kept


def _cut_off(row: InboxEntry, patience: float) -> bool:
    """Close the row before its handler does: whatever it did is undone when it tries to."""
    now = timezone.now()
    error = f"Cut off: it had not ended {patience} s after somebody asked"
    closed = InboxEntry.objects.filter(pk=row.pk, is_open=True).update(
        is_open=False, given_up_at=now, closed_at=now, error=error
    )
    if closed:
        logger.error("The handler %s exceeded its time limit and was ended", row.handler)
    return bool(closed)


def _apology(row: InboxEntry, request: Request, sentence: str) -> Answer:
    if isinstance(request, Submission):
        # The form can be sent again, and then has the same key.
        InboxEntry.objects.filter(pk=row.pk).update(key=f"{row.key[:150]}:given up:{row.pk}")
    return _refuse(request, f"{sentence} Ask your Response administrator; the log has the reason.")
