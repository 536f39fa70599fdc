"""Let code outside the domain refuse a change before it is committed.

A veto may be slow, so it never runs in a transaction: a change that needs a verdict raises `NeedsVerdict`, everything
is rolled back, the verdict is fetched, and the work is repeated. Without a verdict the change is made, because a broken
veto must not hold up an incident.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec, TypeAlias, TypeVar

from django.db import connection, transaction

from incidents import activity
from incidents.errors import IncidentError
from incidents.models import EntryKind, Incident
from people.actors import Actor, checks_actors
from people.models import Person

logger = logging.getLogger(__name__)

P = ParamSpec("P")
R = TypeVar("R")

MOST: Final = 10  # changes per piece of work for which vetoes are asked
# Plugins can't refuse changes that protect people, or that no person made.
NEVER: Final = frozenset(
    {EntryKind.OPENED, EntryKind.REDACTED, EntryKind.MADE_PRIVATE, EntryKind.MEMBER_REMOVED, EntryKind.TROUBLE}
)


Key: TypeAlias = tuple[int, str, str, int | None]


@dataclass(frozen=True)
class Change:
    """A change that somebody is about to make to an incident: the timeline entry that it would write."""

    incident: int  # its number
    kind: str
    actor: int  # the person's primary key
    text: str
    data: Mapping[str, Any]

    @property
    def key(self) -> Key:
        # The texts of all withdrawals are equal. The rest of the data may be new at each try, as primary keys are.
        return self.incident, self.kind, self.text, self.data.get("note")


class Vetoed(IncidentError):
    """A plugin refuses the change."""


class NeedsVerdict(BaseException):
    """Roll everything back and ask. It isn't an Exception, so that no handler catches it on the way."""

    def __init__(self, change: Change) -> None:
        super().__init__(change.kind)
        self.change = change


Wants = Callable[[str], bool]
Ask = Callable[[Change], str]
_verdicts: ContextVar[dict[Key, str] | None] = ContextVar("verdicts", default=None)
_is_unasked: ContextVar[bool] = ContextVar("is_unasked", default=False)


def _nobody(_change: Change) -> str:
    return ""


_asked: list[tuple[Wants, Ask]] = []


def ask_about(wants: Wants, ask: Ask) -> None:
    """Call `ask` before changes whose kind it `wants`. It returns a sentence to refuse a change, or ""."""
    _asked[:] = [(wants, ask)]


def _who_wants(kind: str) -> Ask | None:
    return next((ask for wants, ask in _asked if wants(kind)), None)


def consider(incident: Incident, kind: str, *, by: Actor, text: str, data: Mapping[str, Any]) -> None:
    """Raise `Vetoed` if the change is refused, and `NeedsVerdict` if there is no verdict yet."""
    if not isinstance(by, Person) or _is_unasked.get() or _who_wants(kind) is None:
        return
    verdicts = _verdicts.get()
    change = Change(incident.number, str(kind), by.pk, text, data)
    if verdicts is None or len(verdicts) >= MOST:
        logger.warning("No veto could run before %s of %s; the change is made without one", kind, incident.reference)
    elif change.key not in verdicts:
        raise NeedsVerdict(change)
    elif verdicts[change.key]:
        raise Vetoed(verdicts[change.key])


@contextmanager
def unasked() -> Iterator[None]:
    """Skip vetoes for changes made inside, because they belong to one that plugins can't refuse, such as declaring."""
    token = _is_unasked.set(True)
    try:
        yield
    finally:
        _is_unasked.reset(token)


def asking(work: Callable[[], R]) -> R:
    """Do `work`, which is rolled back as a whole if it raises, and repeat it after each verdict that it needs."""
    if _verdicts.get() is not None:
        return work()
    verdicts: dict[Key, str] = {}
    while True:
        token = _verdicts.set(verdicts)
        try:
            return work()
        except NeedsVerdict as needed:
            change = needed.change
        finally:
            _verdicts.reset(token)
        verdicts[change.key] = (_who_wants(change.kind) or _nobody)(change)


def change(service: Callable[P, R]) -> Callable[P, R]:
    """Decorate a service: check its actors, and run it in one transaction, after asking plugins."""

    @checks_actors
    @wraps(service)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        def once() -> R:
            with transaction.atomic(), activity.together():
                return service(*args, **kwargs)

        return once() if connection.in_atomic_block else asking(once)

    return whole
