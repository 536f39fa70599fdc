"""What a kind of inbox row is. Each kind is one class in one module of this package, and nothing else lists kinds.

To add a kind, write a module with a subclass of `InboxKind` that is decorated with `@inbox_kind("its name")`. Its name
is written there and nowhere else: rows are made with the class, or for a handler, whose kind is the one that `handles`
what the handler was declared as.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from datetime import datetime
from typing import Final, TypeVar

from jobs import retries, unknown_kinds
from jobs.kinds import Kinds
from jobs.tiers import Tier
from slackbot.kit.contexts import Origin
from slackbot.kit.registry import Registered
from slackbot.models import InboxEntry

MAX_FAILURES: Final = 5
# A plugin's handler holds a transaction, and on SQLite all others wait for it. Without one it may take longer.
TIME_LIMITS: Final[Mapping[str, float]] = {
    InboxEntry.CORE: 45.0,
    InboxEntry.PLUGINS: 10.0,
    InboxEntry.ANSWERS: 2.0,
}
WITHOUT_TRANSACTION: Final = 45.0  # seconds, in the plugins' queue
# What a number in a payload names: an incident by its number or its key, or something of an incident by its key.
NUMBER, INCIDENT, ENTRY, REMINDER = "number", "incident", "entry", "reminder"


class InboxKind:
    """One kind of inbox row: the defaults are those of work that one of our own handlers must not lose."""

    name: str = ""
    background_name: str = ""  # of rows whose handler talks to another system (`background=True`)
    # What a handler was declared as whose rows have this kind, when nobody waits for its answer.
    handles: tuple[type[Registered], ...] = ()

    tier: Tier = Tier.ESSENTIAL
    time_limits: Mapping[str, float] = TIME_LIMITS  # seconds, by queue
    in_transaction: bool = True  # False for what talks to another system: nothing of ours may wait for that
    max_failures: int = MAX_FAILURES  # attempts that raised; after these the row failed permanently
    max_deaths: int = retries.MAX_DEATHS  # attempts in which the process died
    is_awaited: bool = False  # see `AwaitedKind`
    # Whether operators can have a row tried again that failed permanently.
    can_retry: bool = True
    # When a switch is turned on again, what it held for over an hour is dropped if it only speaks to people, and
    # kept if it was promised to somebody. Other rows are dropped if a plugin handles them.
    speaks: bool = False
    is_promised: bool = False
    is_reminder: bool = False  # the switch for reminders holds it
    # A person started it: it runs as that person, whose access is checked again. False for what Response does itself.
    acts_as_person: bool = True
    # The payload is, or contains, a message. Names in it are looked up first, and a redaction finds its address.
    has_message: bool = False
    # Rows of a request may be about an incident without naming it: they declared it, say. A redaction reads them all.
    is_request: bool = False
    # What the numbers in a payload name, by their key: this tells which incident a row belongs to.
    refers_to: Mapping[str, str] = {"incident": NUMBER}

    def run(self, row: InboxEntry, now: datetime) -> None:
        """Do what the row asks for. Raise `Refusal` to refuse it, or `inbox.NotYet` to let it wait."""
        raise unknown_kinds.Unknown(f"rows of the kind {row.kind}")

    def who_asked(self, row: InboxEntry) -> Origin | None:
        """Return who is told that a row failed permanently; None for rows that nobody waits for."""
        return None

    def described(self, row: InboxEntry) -> str:
        """Return what operators read of a row: its handler, or the handlers of its commands."""
        return row.handler or "commands"

    def tier_for(self, handler: Registered | None) -> Tier:
        """Return the tier of a row for this handler. An incident can do without plugins."""
        return Tier.EXTRA if handler is not None and not handler.is_built_in else self.tier

    def time_limit(self, queue: str) -> float:
        """Return the seconds a row may run before its process is ended, which counts as one death of the row."""
        if queue == InboxEntry.PLUGINS and not self.in_transaction:
            return WITHOUT_TRANSACTION
        return self.time_limits[queue]

    def called(self, name: str) -> InboxKind:
        """Return the same kind under one of its names."""
        kind = copy(self)
        kind.name = name
        kind.in_transaction = self.in_transaction and name != self.background_name
        return kind

    def for_handler(self, handler: Registered | None) -> InboxKind:
        """Return the kind of a row for this handler, which may run in the background."""
        if self.background_name and getattr(handler, "background", False):
            return KINDS[self.background_name]
        return self


class AwaitedKind(InboxKind):
    """Work for whose answer somebody waits: its rows go ahead of others, in a queue of their own.

    It is tried once: the person who is waiting gets the error, and can try again.
    """

    is_awaited = True
    max_failures = 1
    max_deaths = 1


K = TypeVar("K", bound=type[InboxKind])

KINDS: Final[Kinds[InboxKind]] = Kinds("inbox")
UNKNOWN: Final = InboxKind()  # what another version wrote


def inbox_kind(*names: str, background: str = "") -> Callable[[K], K]:
    """Register a class under its names. `background` names its rows whose handler is declared `background=True`."""

    def register(kind: K) -> K:
        kind.name, kind.background_name = names[0], background
        for name in (*names, *filter(None, [background])):
            KINDS.add(name, kind().called(name))
        return kind

    return register


def kind_of(name: str) -> InboxKind:
    """Return the kind of that name, or one that has the defaults and cannot run: another version wrote it."""
    return KINDS.get(name) or UNKNOWN


def kind_for(handler: Registered) -> type[InboxKind]:
    """Return the kind of the rows of a handler. Raise LookupError if handlers that are declared so have no rows."""
    for name in KINDS:
        if type(handler) in KINDS[name].handles:
            return type(KINDS[name])
    raise LookupError(f"No inbox kind handles a {type(handler).__name__}")


def kinds_that(which: Callable[[InboxKind], bool]) -> list[str]:
    """Return the names of the kinds of which `which` is true."""
    return [name for name, kind in KINDS.items() if which(kind)]
