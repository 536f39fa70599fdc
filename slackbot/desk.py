"""Answer somebody who waits: Slack gives us three seconds, and a plugin may take none of them away from the others.

Built-in handlers run right here. Those of plugins run in a process of their own; the request waits for the answer a
little while, and what has not ended by then is cut off: it changes nothing any more, and the person is told.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import uuid4

from django.conf import settings
from django.utils import timezone

from slackbot import doorbell, inbox, incoming, queue, router, searches, switches
from slackbot.causes import telling_line
from slackbot.incoming import OptionSearch, Submission
from slackbot.models import InboxEntry
from slackbot.registry import Action, DialogForm, Registered, registry
from slackbot.router import Answer, FormRefused, Request
from slackbot.work_log import about

logger = logging.getLogger(__name__)

PATIENCE: Final = 2.0  # seconds for a plugin; opening a dialog afterwards takes some more
GLANCE: Final = 0.01


def answer(request: Request, *, now: datetime) -> Answer:
    """Run the handler of a request once, however often it is delivered. Raise `FormRefused` when a dialog refuses."""
    handler = router.handler_of(request)
    with about(delivery=request.key, handler=handler.id if handler else "nobody's"):
        return _answer(request, handler, now=now)


def _answer(request: Request, handler: router.Handler | None, *, now: datetime) -> Answer:
    if handler is not None and (sentence := switches.why_held(handler)) is not None:
        return _refuse(request, sentence)
    if isinstance(handler, Action | DialogForm) and handler.background:
        return _in_background(request, handler, now=now)
    if handler is None or handler.is_built_in or not settings.PLUGIN_LANE:
        return _here(request, now=now)
    return _by_worker(request, handler, now=now)


def _refuse(request: Request, sentence: str) -> Answer:
    if isinstance(request, Submission):
        raise FormRefused({next(iter(request.values), ""): sentence})
    return Answer(ack=f"❓ {sentence}")


def _here(request: Request, *, now: datetime) -> Answer:
    kind = type(request).__name__.lower()
    kept = inbox.answer_once(
        key=request.key, kind=kind, now=now, work=lambda: router.answer(request, now=now).as_json()
    )
    return incoming.revived(Answer, kept)


def _in_background(request: Request, handler: Action | DialogForm, *, now: datetime) -> Answer:
    """Keep it for a worker. A dialog is looked at first, as long as its fields can still be corrected."""
    key = request.key
    if isinstance(request, Submission):
        if handler.is_built_in or not settings.PLUGIN_LANE:
            router.answer(request, now=now)
        elif isinstance(handler, DialogForm) and handler.validate is not None:
            _by_worker(request, handler, now=now)
            key = f"background:{key}"  # its own one has the answer of `validate`
        request = Submission(**{**vars(request), "in_background": True})
    inbox.hand_over(
        "background",
        incoming.as_json(request),
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
    if form.is_built_in or not settings.PLUGIN_LANE:
        return searches.find(search)
    row, was_cut_off = _ask_worker("search", vars(search), handler=form, key=f"search:{uuid4()}", now=now)
    if row.answer is not None and not was_cut_off:
        row.delete()  # there is one for each letter that somebody types
    return row.answer or []


def _ask_worker(
    kind: str, payload: Mapping[str, Any], *, handler: Registered, key: str, now: datetime
) -> tuple[InboxEntry, bool]:
    """Have a plugin's handler run by its process, and wait a little; True when it took too long and was cut off."""
    key = queue.short(key)
    new = inbox.entry(key=key, kind=kind, payload=payload, order_key=key, now=now, handler=handler)
    new.lane, new.priority = InboxEntry.ANSWERS, inbox.URGENT
    inbox.store([new])
    row = InboxEntry.objects.get(key=key)
    doorbell.ring("answers")
    deadline = time.monotonic() + PATIENCE
    while row.is_open and time.monotonic() < deadline:
        time.sleep(GLANCE)
        row.refresh_from_db(fields=["is_open", "answer", "given_up_at", "error"])
    was_cut_off = row.is_open and _cut_off(row)
    row.refresh_from_db(fields=["is_open", "answer", "given_up_at", "error"])
    return row, was_cut_off


def _by_worker(request: Request, handler: Registered, *, now: datetime) -> Answer:
    name, payload = handler.name or handler.id, incoming.as_json(request)
    row, was_cut_off = _ask_worker("interactive", payload, handler=handler, key=request.key, now=now)
    if was_cut_off:
        return _apology(row, request, f"`{name}` took too long and was stopped. Nothing was changed by it.")
    if row.answer is None:
        why = telling_line(row.error)[:200].rstrip(".") or "no reason is known"
        return _apology(row, request, f"`{name}` failed: {why}.")
    kept = incoming.revived(Answer, row.answer)
    if kept.errors:
        row.delete()  # the corrected form has the same key
        raise FormRefused(kept.errors)
    return kept


def _cut_off(row: InboxEntry) -> bool:
    """Close the row before its handler does: whatever it did is undone when it tries to."""
    now = timezone.now()
    error = f"Cut off: it had not ended {PATIENCE} s after somebody asked"
    closed = InboxEntry.objects.filter(pk=row.pk, is_open=True).update(
        is_open=False, given_up_at=now, closed_at=now, error=error
    )
    if closed:
        logger.error("The handler %s was cut off", row.handler)
    return bool(closed)


def _apology(row: InboxEntry, request: Request, sentence: str) -> Answer:
    if isinstance(request, Submission):
        # The form can be sent again, and then has the same key.
        InboxEntry.objects.filter(pk=row.pk).update(key=f"{row.key[:150]}:given up:{row.pk}")
    return _refuse(request, f"{sentence} The people who run Response can see why.")
