"""What waits, what fails and what was given up, coming in and going out; and what operators can do about it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from django.db import transaction
from django.db.models import Count, Min, Q, QuerySet

from incidents.errors import IncidentError
from incidents.models import Person
from slackbot import commands, doorbell, incoming, queue, switches, workspace
from slackbot.causes import telling_line
from slackbot.models import InboxEntry, OutboxEntry
from slackbot.registry import registry
from slackbot.tiers import PATIENCE, WORDS, Tier

Row: TypeAlias = InboxEntry | OutboxEntry

# Any: rows of either, which have in common what is used here.
_TABLES: Final[dict[str, QuerySet[Any]]] = {
    "in": InboxEntry.objects.all(),
    "out": OutboxEntry.objects.select_related("incident"),
}
NOBODY_WAITS: Final = ("interactive", "search")  # the person was told at once, and has tried again since


@dataclass(frozen=True)
class Waiting:
    """How much of a tier waits in one direction ("in", "out"), and since when. What a switch holds is not counted."""

    way: str
    tier: Tier
    count: int
    oldest_at: datetime | None

    @property
    def words(self) -> str:
        return WORDS[self.tier]

    def age(self, now: datetime) -> float:
        """Return the seconds that the oldest has waited, 0 when nothing does."""
        return max(0.0, (now - self.oldest_at).total_seconds()) if self.oldest_at else 0.0

    def is_late(self, now: datetime) -> bool:
        return self.age(now) > PATIENCE[self.tier].total_seconds()


# What there is --------------------------------------------------------------------------------------------------------


def waiting() -> list[Waiting]:
    """Return a line for each direction and tier."""
    return [line for way in _TABLES for line in waiting_on(way)]


def waiting_on(way: str) -> Iterator[Waiting]:
    by_tier = switches.running(_TABLES[way].filter(is_open=True)).values("tier")
    found = {line["tier"]: line for line in by_tier.annotate(count=Count("pk"), oldest=Min("created_at"))}
    for tier in Tier:
        line = found.get(tier, {"count": 0, "oldest": None})
        yield Waiting(way, tier, line["count"], line["oldest"])


def held() -> int:
    """Return how many open rows the switches hold."""
    open_rows = [rows.filter(is_open=True) for rows in _TABLES.values()]
    return sum(rows.count() - switches.running(rows).count() for rows in open_rows)


def given_up(limit: int = 200) -> list[tuple[str, Row]]:
    """Return what was quarantined or refused, the newest first: a person must look."""
    return _newest(Q(given_up_at__isnull=False), "-given_up_at", limit)


def count_given_up() -> int:
    return sum(rows.filter(given_up_at__isnull=False).count() for rows in _TABLES.values())


def failing(limit: int = 200) -> list[tuple[str, Row]]:
    """Return what has failed or died at least once and is tried again."""
    return _newest(Q(is_open=True) & (Q(failures__gt=0) | ~Q(error="")), "-created_at", limit)


def late(now: datetime, limit: int = 50) -> list[tuple[str, Row]]:
    """Return what is due, held by nobody, and older than its tier allows."""
    old = Q()
    for tier, patience in PATIENCE.items():
        old |= Q(tier=tier, created_at__lt=now - patience)
    due = {
        way: switches.running(queue.due(rows, now)).filter(old).order_by("created_at") for way, rows in _TABLES.items()
    }
    return [(way, row) for way, rows in due.items() for row in rows[:limit]]


def _newest(which: Q, order: str, limit: int) -> list[tuple[str, Row]]:
    return [(way, row) for way, rows in _TABLES.items() for row in rows.filter(which).order_by(order)[:limit]]


def name_of(row: Row) -> str:
    """Say in a line whose work it is and about what."""
    if isinstance(row, OutboxEntry):
        about = f" of {row.incident.reference}" if row.incident else ""
        return f"{row.kind}{about}"
    whose = f"{row.plugin}: " if row.plugin else ""
    return f"{whose}{row.handler or _asked_for(row)} ({row.kind})"


def _asked_for(row: InboxEntry) -> str:
    """Name the handlers of the commands in a message."""
    place = workspace.present()
    if row.kind != "mention" or place is None:
        return "commands"
    lines = commands.said_to(place.bot_user_id, incoming.mention(row.payload).text) or []
    found = [registry.commands.get(commands.split(line).name) for line in lines]
    return ", ".join(handler.id for handler in found if handler) or "commands"


def event_of(row: Row) -> str:
    """Name the event that a row of the inbox came from, or what else it is about."""
    if not isinstance(row, InboxEntry):
        return ""
    kind = row.payload.get("type") if isinstance(row.payload, dict) else None
    return f"event: {kind}, key {row.key}" if kind else f"key {row.key}"


# What can be done about it -------------------------------------------------------------------------------------------


@transaction.atomic
def retry(way: str, pk: int, *, by: Person | None, door: str, at: datetime) -> None:
    """Have it tried anew, as if it had never failed. Raises `IncidentError` when that makes no sense."""
    row = _take(way, pk)
    if row.kind in NOBODY_WAITS:
        raise IncidentError("The person was told that it failed. It can only be discarded: they will have tried again.")
    changes = {"attempts": 0, "failures": 0, "not_before": None, "lease_until": None, "closed_at": None}
    _TABLES[way].filter(pk=pk).update(is_open=True, given_up_at=None, **changes)
    switches.note(f"Tried again: {name_of(row)}, {_which(way, row)}", by=by, door=door, at=at)
    doorbell.ring_after_commit("outbox" if isinstance(row, OutboxEntry) else doorbell.lane(row.lane))


@transaction.atomic
def discard(way: str, pk: int, *, by: Person | None, door: str, at: datetime) -> None:
    """Let it be: it is not done, and nobody is asked to look again."""
    row = _take(way, pk)
    _TABLES[way].filter(pk=pk).update(is_open=False, given_up_at=None, lease_until=None, closed_at=at)
    switches.note(f"Discarded: {name_of(row)}, {_which(way, row)}: {telling_line(row.error)}", by=by, door=door, at=at)


def _take(way: str, pk: int) -> Row:
    """Raise `IncidentError` when there is nothing left to do."""
    rows = _TABLES.get(way, InboxEntry.objects.none()).select_for_update(of=("self",))
    row: Row | None = rows.filter(pk=pk).filter(Q(is_open=True) | Q(given_up_at__isnull=False)).first()
    if row is None:
        raise IncidentError("That is done, or somebody discarded it in the meantime.")
    return row


def _which(way: str, row: Row) -> str:
    return f"{'inbox' if way == 'in' else 'outbox'} {row.pk}"
