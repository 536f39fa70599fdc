"""Plugins' commands, buttons, dialogs and option searches."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import get_args

from slackbot.inbound import dispatcher, payloads, searches
from slackbot.inbound.answers import Answer, FormRefused
from slackbot.inbound.dispatcher import Request
from slackbot.inbound.job_kinds.kind import TIME_LIMITS, AwaitedKind, InboxKind, inbox_kind
from slackbot.inbound.payloads import OptionSearch
from slackbot.kit.contexts import Origin
from slackbot.kit.registry import Action, DialogForm
from slackbot.models import InboxEntry


@inbox_kind("interactive")
class InteractiveKind(AwaitedKind):
    """A plugin's command, button or dialog."""

    can_retry = False  # the person was told at once, and has tried again since
    is_request = True

    def run(self, row: InboxEntry, now: datetime) -> None:
        """Run a plugin's command, button or dialog for the web process, which waits for the answer."""
        try:
            row.answer = dispatcher.answer(payloads.from_json(row.payload), now=now).as_json()
        except FormRefused as refusal:
            row.answer = Answer(action="errors", errors=refusal.errors).as_json()


@inbox_kind("search")
class SearchKind(AwaitedKind):
    """Letters that somebody types into a field of a plugin's dialog, whose choices are searched."""

    time_limits: Mapping[str, float] = {**TIME_LIMITS, InboxEntry.ANSWERS: 3.0}  # it stops by itself after two
    can_retry = False  # each letter searches again
    is_request = True

    def run(self, row: InboxEntry, now: datetime) -> None:
        row.answer = searches.find(payloads.revived(OptionSearch, row.payload))


@inbox_kind("background")
class BackgroundKind(InboxKind):
    """A button or a dialog whose handler talks to another system. Slack was answered before it runs."""

    handles = (Action, DialogForm)
    in_transaction = False
    is_request = True

    def run(self, row: InboxEntry, now: datetime) -> None:
        dispatcher.answer(payloads.from_json(row.payload), now=now)

    def who_asked(self, row: InboxEntry) -> Origin | None:
        return payloads.from_json(row.payload).origin


def answered_as(request: type[Request]) -> str:
    """Return the name of the rows that keep the answers to requests of a type."""
    return request.__name__.lower()


@inbox_kind(*map(answered_as, get_args(Request)))
class AnsweredKind(InboxKind):
    """A request that a built-in handler answered at once. Its row is stored closed, and keeps the answer."""

    acts_as_person = False  # it never runs
    is_request = True
