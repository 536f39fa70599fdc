"""The kinds of things that go out. Each says which call comes next, and what to note when Slack has answered.

`prepare` only reads, and the call runs in no transaction; `sent` runs in one of its own. A kind that needs two calls
returns False from `sent` and is prepared again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from slackbot.api.client import Call, Refused
from slackbot.api.error_codes import Meaning
from slackbot.jobs import queue
from slackbot.models import OutboxEntry
from slackbot.outbound.deliveries.messages import find_said, note_where
from slackbot.outbound.deliveries.reasons import why
from slackbot.outbound.deliveries.reports import report


class NotYet(Exception):
    """What this row needs is not there yet. Look again after so many seconds, or when what it waits for is done."""

    def __init__(self, seconds: float = 0.1) -> None:
        super().__init__()
        self.seconds = seconds


class Kind:
    """Something that goes out. The defaults fit a call whose answer nobody needs."""

    TRIED_FOR: ClassVar[timedelta] = timedelta(days=7)  # so long what Slack refuses is tried again
    REPORTED_AFTER: ClassVar[timedelta] = timedelta(minutes=1)  # of refusals; many pass by themselves

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        """Return the next call, or None when nothing is left to do. Raise `NotYet` to wait."""
        raise NotImplementedError

    def recover(self, row: OutboxEntry, call: Call, refusal: Refused) -> Mapping[str, Any] | None:
        """Return what Slack would have answered when the refusal means that it is done already."""
        return {} if refusal.meaning is Meaning.DONE else None

    def sent(self, row: OutboxEntry, call: Call, answer: Mapping[str, Any], now: datetime) -> bool:
        """Note Slack's answer; True when that was all."""
        note_where(row, call, answer)
        return True

    def names_in(self, answer: Mapping[str, Any]) -> Any:
        """Return the part of Slack's answer that names people, channels and groups by ids whose names we need."""
        return None

    def find_done(self, row: OutboxEntry, call: Call) -> Mapping[str, Any] | None:
        """Return what Slack would have answered when it did this already; asked of calls that are made only once."""
        return find_said(row, call)

    def refused(self, row: OutboxEntry, call: Call, refusal: Refused, now: datetime) -> bool:
        """Return True when there is another way, which `prepare` takes next."""
        return False

    def held_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Report that Slack goes on refusing it. It is tried again, and this is called again."""
        self.given_up(row, reason, now)

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        """Say so where people of the incident look."""
        report(row, f"Slack refused the {row.kind}: {why(reason)}", now)


class UnknownKind(Kind):
    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        raise queue.Unknown(f"messages of the kind {row.kind}")

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        report(row, f"The {row.kind} was not sent: {reason}", now)


KINDS: Final[dict[str, Kind]] = {}


def register(name: str, kind: Kind) -> None:
    KINDS[name] = kind


def kind_of(row: OutboxEntry) -> Kind:
    return KINDS.get(row.kind, UnknownKind())
