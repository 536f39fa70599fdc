"""What operators may switch off when everything burns, and on again: the later tiers, and what other packages register.

Work that is held waits in its queue and holds nobody else up. The environment (`SWITCHED_OFF`, `SAFE_MODE`) switches
off for as long as the process runs; the rest is a row that every process asks when it looks for work.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import transaction
from django.db.models import QuerySet

from jobs import operator_log, queues, tables, tiers, wakeup
from jobs.errors import ReasonTooLong, UnknownSwitch
from jobs.models import Job, OperatorEntry, Switch
from jobs.operator_log import Actor
from jobs.texts import cleaned
from jobs.tiers import Tier

Row = TypeVar("Row", bound=Job)

TIERS: Final = {"tier-1": Tier.RECORD, "tier-2": Tier.EXTRA}
ENVIRONMENT: Final = "environment"  # the door by which SWITCHED_OFF comes
FROM_THE_START: Final = "Disabled at startup: "

STALE: Final = timedelta(hours=1)  # what was held for longer may be too late
WHY_MAX: Final = 500  # characters: it stands beside the switch


@dataclass(frozen=True)
class Position:
    """A switch as operators see it."""

    key: str
    name: str
    is_off: bool
    by_environment: bool
    why: str = ""
    off_since: datetime | None = None


class Family:
    """Switches that a package adds to those of the tiers. Derive from it, and register an object of the class."""

    prefix = ""  # of its keys, up to a colon; the rest is the subject of a switch

    def names(self) -> Mapping[str, str]:
        """Return the keys of its switches, and what each is in words."""
        raise NotImplementedError

    def leave_out_held(
        self, rows: QuerySet[Row], off: QuerySet[Switch], by_environment: Sequence[str]
    ) -> QuerySet[Row]:
        """Leave out the rows that one of its switches holds.

        `off` are all switches that are off, as a query to use in this one; `by_environment` are keys.
        """
        return rows

    def held_by(self, key: str, rows: QuerySet[Row]) -> QuerySet[Row]:
        """Return the rows that its switch `key` holds. They are dropped if they have become useless meanwhile."""
        return rows.none()

    def turned_on(self, key: str, *, at: datetime) -> None:
        """Do what is to be done when any switch, of a tier too, is turned on again."""

    def may_be_missing(self, key: str) -> bool:
        """Return whether the environment may name this switch although it doesn't exist at the moment."""
        return False


_families: Final[list[Family]] = []


def register(family: Family) -> None:
    _families.append(family)


def forget(family: Family) -> None:
    """Forget switches that a test registered."""
    _families.remove(family)


# What holds ----------------------------------------------------------------------------------------------------------


def running(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Leave out the rows that a switch holds. The query itself looks: a switch works at once, everywhere."""
    off, environment = Switch.objects.filter(is_off=True), by_environment()
    rows = rows.exclude(tier__in=off.filter(tier__isnull=False).values("tier"))
    rows = rows.exclude(tier__in=[TIERS[key] for key in environment if key in TIERS])
    for family in _families:
        rows = family.leave_out_held(rows, off, environment)
    return rows


def by_environment() -> tuple[str, ...]:
    """Return what changes the query of `running`."""
    return tuple(settings.SWITCHED_OFF)


def is_off(key: str) -> bool:
    return key in settings.SWITCHED_OFF or Switch.objects.filter(key=key, is_off=True).exists()


# Turning -------------------------------------------------------------------------------------------------------------


def positions() -> list[Position]:
    """Return every switch there is, those of the tiers first."""
    turned_off = {row.key: row for row in Switch.objects.filter(is_off=True)}
    started_off = _started_off()
    return [_position(key, name, turned_off.get(key), started_off.get(key)) for key, name in names().items()]


def names() -> dict[str, str]:
    """Return what can be switched, and what it is in words."""
    found = {key: tiers.words(tier) for key, tier in TIERS.items()}
    for family in _families:
        found |= family.names()
    return found


@transaction.atomic
def turn_off(key: str, *, by: Actor, door: str, why: str, at: datetime) -> None:
    """Hold this from now on. Raise NotPossible when there is no such switch, or the reason is too long."""
    _check(key)
    why = cleaned(why)
    if len(why) > WHY_MAX:
        raise ReasonTooLong(f"The reason has {len(why)} characters. Use at most {WHY_MAX}.")
    before = Switch.objects.filter(key=key, is_off=True).first()
    _set(key, is_off=True, why=why or (before.why if before else ""), at=before.changed_at if before else at)
    operator_log.note(f"Disabled {_in_words(key)}{f': {why}' if why else '.'}", by=by, door=door, at=at)


@transaction.atomic
def turn_on(key: str, *, by: Actor, door: str, at: datetime) -> None:
    """Let it go on, and drop what was held too long to be useful. Raise NotPossible when there is no such switch."""
    _check(key)
    if key in settings.SWITCHED_OFF:
        raise UnknownSwitch(f"The environment disables {key}. Change SWITCHED_OFF or SAFE_MODE, and restart Response.")
    _set(key, is_off=False, why="", at=at)
    dropped = _drop_late(key, at)
    for family in _families:
        family.turned_on(key, at=at)
    rest = f" Discarded {dropped} job{'' if dropped == 1 else 's'} that had waited for over an hour." if dropped else ""
    operator_log.note(f"Enabled {_in_words(key)}.{rest}", by=by, door=door, at=at)
    for name in queues.names():
        wakeup.wake_after_commit(name)


def _drop_late(key: str, at: datetime) -> int:
    why, dropped = f"Discarded: it became useless while {key} was disabled", 0
    for table in tables.every():
        if (too_late := table.is_too_late()) is not None:
            held = _held_by(key, table.rows().filter(is_open=True, lease_until=None))
            late = held.filter(too_late, created_at__lt=at - STALE)
            dropped += late.update(is_open=False, closed_at=at, error=why)
    return dropped


def _held_by(key: str, rows: QuerySet[Row]) -> QuerySet[Row]:
    family = _family_of(key)
    return family.held_by(key, rows) if family else rows.filter(tier=TIERS[key])


def _family_of(key: str) -> Family | None:
    return next((family for family in _families if key in family.names()), None)


def note_environment(*, at: datetime) -> None:
    """Write down what the environment switches off, when that is not what it was at the start before."""
    off = ", ".join(sorted(set(settings.SWITCHED_OFF)))
    text = f"{FROM_THE_START}{off}." if off else "No switch is disabled at startup any more."
    before = OperatorEntry.objects.filter(door=ENVIRONMENT).order_by("-pk").first()
    if before.text != text if before else settings.SWITCHED_OFF:
        operator_log.note(text, by=None, door=ENVIRONMENT, at=at)


def _check(key: str) -> None:
    if key not in names():
        raise UnknownSwitch(f"“{key}” isn't a switch. Choose one of: {', '.join(names())}.")


def _set(key: str, *, is_off: bool, why: str, at: datetime) -> None:
    family = _family_of(key)
    subject = key.removeprefix(family.prefix) if family and family.prefix else ""
    values = {"is_off": is_off, "tier": TIERS.get(key), "subject": subject, "why": why, "changed_at": at}
    Switch.objects.update_or_create(key=key, defaults=values)


def _started_off() -> dict[str, datetime]:
    """Return at which start each of the environment's was switched off; it has been off at each one since."""
    off, since = set(settings.SWITCHED_OFF), dict[str, datetime]()
    if not off:
        return since
    for entry in OperatorEntry.objects.filter(door=ENVIRONMENT).order_by("-pk"):
        off &= set(entry.text.removeprefix(FROM_THE_START).removesuffix(".").split(", "))
        if not off:
            break
        since |= dict.fromkeys(off, entry.at)
    return since


def _position(key: str, name: str, turned_off: Switch | None, started_off_at: datetime | None) -> Position:
    by_environment = key in settings.SWITCHED_OFF
    times = [at for at in (turned_off and turned_off.changed_at, started_off_at) if at]
    why = turned_off.why if turned_off else ""
    return Position(key, name, by_environment or bool(turned_off), by_environment, why, min(times, default=None))


def _in_words(key: str) -> str:
    name = names()[key]
    return name[0].lower() + name[1:]


def check_environment(**_kwargs: Any) -> list[CheckMessage]:
    """Refuse to start with a switch that does not exist: nobody should discover a typing error during an incident."""
    unknown = [key for key in settings.SWITCHED_OFF if key not in names() and not _may_be_missing(key)]
    return [
        Error(
            f"SWITCHED_OFF names {key}, which isn't a switch.",
            hint=f"Choose from: {', '.join(names())}.",
            id="jobs.E001",
        )
        for key in unknown
    ]


def _may_be_missing(key: str) -> bool:
    return any(family.may_be_missing(key) for family in _families)
