"""The kinds of things that go out. Each is one class in one module, and everything about a kind is on its class.

A kind says which call comes next, and what to note when Slack has answered. `prepare` only reads, and the call runs in
no transaction; `sent` runs in one of its own. A kind that needs two calls returns False from `sent` and is prepared
again.

To add a kind, write a subclass of `Kind` with a name. Defining it registers it, and the start imports every module of
this package. Nothing else lists kinds: others ask for the kinds with a property, see `kinds_where`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final

from incidents.traces import REDACTED
from jobs import unknown_kinds
from jobs.kinds import Kinds
from jobs.tiers import Tier
from slackbot.api.client import Call, Refused
from slackbot.api.error_codes import Meaning
from slackbot.models import OutboxEntry
from slackbot.outbound.deliveries.posting import find_said, note_where
from slackbot.outbound.deliveries.reasons import why
from slackbot.outbound.deliveries.reports import report

URGENT: Final = 0  # headline, channel, answers to somebody who waits
NORMAL: Final = 5
CHATTY: Final = 9

KINDS: Final[Kinds[Kind]] = Kinds("outbox")


class NotYet(Exception):
    """What this row needs is not there yet. Look again after so many seconds, or when what it waits for is done."""

    def __init__(self, seconds: float = 0.1) -> None:
        super().__init__()
        self.seconds = seconds


class Kind:
    """Something that goes out. The defaults fit a call whose answer nobody needs."""

    # These have no default, so that nobody forgets them:
    name: ClassVar[str]  # in the column `kind` of its rows
    tier: ClassVar[Tier]  # how soon we can do without it; a row that expires is always an extra
    acts_for_person: ClassVar[bool]  # somebody asked for it, and what they may see is checked again when it is sent

    # When its rows are sent:
    priority: ClassVar[int] = NORMAL  # of its rows, unless whoever stores one names another
    waits_for: ClassVar[tuple[str, ...]] = ()  # kinds: when one of these ends, its rows look again at once
    waits_for_headlines: ClassVar[bool] = False  # its rows look again at once when headlines can be posted
    keeps_order: ClassVar[bool] = False  # the later row counts, so it waits even while Slack refuses the earlier one
    runs_in_closed_channel: ClassVar[bool] = False  # it isn't about the channel, or reports a refusal itself

    # How it is retried:
    tried_for: ClassVar[timedelta] = timedelta(days=7)  # so long what Slack refuses is tried again
    reported_after: ClassVar[timedelta] = timedelta(minutes=1)  # of refusals; many pass by themselves
    revived_for: ClassVar[timedelta] = timedelta(days=1)  # so long the auditor tries it again after it was given up

    # What it is part of:
    furnishes_channel: ClassVar[bool] = False  # every channel of an incident has it
    redrawn_after_closure: ClassVar[bool] = False  # if it waited for a closed channel, it is drawn as it is now
    only_checks: ClassVar[bool] = False  # it asks Slack how things are: nobody waits for it
    goes_elsewhere: ClassVar[bool] = False  # to another channel, where it is deleted if the incident becomes private
    answered_as: ClassVar[str] = ""  # the kind that its rows become once the timeline has what they wait for

    # What a redaction needs to know of its messages:
    has_text: ClassVar[bool] = False  # the message in Slack has the row's text, which a redaction overwrites there
    entry_keys: ClassVar[tuple[str, ...]] = ()  # begin keys of rows with an entry's words; its primary key follows
    shows_timeline: ClassVar[bool] = False  # the message shows what the timeline said then: see `shows`
    is_kept: ClassVar[bool] = False  # rows are never deleted: nothing else knows what their messages tell of

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Register a kind that has a name of its own. Raise TypeError if it lacks something."""
        super().__init_subclass__(**kwargs)
        if "sent" in vars(cls) and "only_notes" not in vars(cls):
            cls.only_notes = _not_known  # type: ignore[assignment,method-assign]
        if "name" not in vars(cls):
            return
        for needed in ("tier", "acts_for_person"):
            if not hasattr(cls, needed):
                raise TypeError(f"{cls.__module__}.{cls.__qualname__} must declare `{needed}`")
        KINDS.add(cls.name, cls())

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

    def only_notes(self, call: Call) -> bool:
        """Return whether `sent` changes nothing but attributes of the row: it is saved without a transaction then.

        A kind with its own `sent` must say so itself.
        """
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

    def shows(self, row: OutboxEntry, *, entries: Collection[int], properties: Collection[str]) -> bool:
        """Return whether the message may show redacted entries (primary keys) or properties of the incident.

        Asked only of kinds with `shows_timeline`.
        """
        return False

    def lasts(self, row: OutboxEntry) -> bool:
        """Return whether the message stays in Slack: Slack forgets what it shows to one person in a channel."""
        return True

    def overwritten(self, row: OutboxEntry, channel: str, ts: str, now: datetime) -> Call | None:
        """Return the call that removes redacted text from the message at this place; None if it isn't there."""
        blocks = [{"type": "section", "text": {"type": "mrkdwn", "text": REDACTED}}]
        args = {"channel": channel, "ts": ts, "text": REDACTED, "blocks": blocks, "attachments": []}
        return Call("chat.update", args, channel)


def _not_known(kind: Kind, call: Call) -> bool:
    return False


class UnknownKind(Kind):
    """What another version wrote. It is left to a process that knows it."""

    def prepare(self, row: OutboxEntry, now: datetime) -> Call | None:
        raise unknown_kinds.Unknown(f"messages of the kind {row.kind}")

    def given_up(self, row: OutboxEntry, reason: str, now: datetime) -> None:
        report(row, f"The {row.kind} was not sent: {reason}", now)


_UNKNOWN: Final = UnknownKind()


def kind_of(row: OutboxEntry) -> Kind:
    """Return the kind of a row; `UnknownKind` for one that another version wrote."""
    return KINDS.get(row.kind) or _UNKNOWN


def kinds_where(has_property: Callable[[Kind], Any]) -> tuple[str, ...]:
    """Return the names of the kinds with a property, for a query: `kinds_where(lambda kind: kind.only_checks)`."""
    return tuple(name for name, kind in KINDS.items() if has_property(kind))
