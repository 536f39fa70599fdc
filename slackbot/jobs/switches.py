"""What operators may switch off when everything burns, and on again: the later tiers, a plugin, all reminders.

Work that is held waits in its queue and holds nobody else up. The environment (`SWITCHED_OFF`, `SAFE_MODE`) switches
off for as long as the process runs; the rest is a row that every process asks when it looks for work.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import transaction
from django.db.models import Q, QuerySet

from incidents.errors import IncidentError
from incidents.models import Person
from incidents.texts import cleaned
from jobs import queues, wakeup
from jobs.models import Job, OperatorEntry, Switch
from jobs.tiers import WORDS, Tier
from slackbot.inbound.job_kinds.kind import kinds_that
from slackbot.kit.registry import BUILT_IN, Registered, registry
from slackbot.models import InboxEntry, Reminder

Row = TypeVar("Row", bound=Job)

REMINDERS: Final = "reminders"
TIERS: Final = {"tier-1": Tier.RECORD, "tier-2": Tier.EXTRA}
PLUGIN: Final = "plugin:"
ENVIRONMENT: Final = "environment"  # the door by which SWITCHED_OFF comes
FROM_THE_START: Final = "Switched off from the start: "

STALE: Final = timedelta(hours=1)  # what was held for longer is not said any more
WHY_MAX: Final = 500  # characters: it stands beside the switch
CALM: Final = timedelta(seconds=5)  # between reminders that were held and come back


@dataclass(frozen=True)
class Position:
    """A switch as operators see it."""

    key: str
    name: str
    is_off: bool
    by_environment: bool
    why: str = ""
    off_since: datetime | None = None


class UnknownSwitch(IncidentError):
    """There is no such switch."""


# What holds ----------------------------------------------------------------------------------------------------------


def running(rows: QuerySet[Row]) -> QuerySet[Row]:
    """Leave out the rows that a switch holds. The query itself looks: a switch works at once, everywhere."""
    off, environment = Switch.objects.filter(is_off=True), by_environment()
    rows = rows.exclude(tier__in=off.filter(tier__isnull=False).values("tier"))
    rows = rows.exclude(tier__in=[TIERS[key] for key in environment if key in TIERS])
    if rows.model is not InboxEntry:
        return rows
    rows = rows.exclude(plugin__in=off.exclude(subject="").values("subject"))
    plugins = [key.removeprefix(PLUGIN) for key in environment if key.startswith(PLUGIN)]
    return rows.exclude(plugin__in=plugins)


def by_environment() -> tuple[str, ...]:
    """Return what changes the query of `running`."""
    return tuple(settings.SWITCHED_OFF)


def is_off(key: str) -> bool:
    return key in settings.SWITCHED_OFF or Switch.objects.filter(key=key, is_off=True).exists()


def reminders_are_off() -> bool:
    return is_off(REMINDERS) or is_off("tier-2")


def why_held(handler: Registered) -> str | None:
    """Return a sentence for whoever asked a plugin for something that is switched off, None when it may run."""
    if handler.is_built_in:
        return None
    if is_off(f"{PLUGIN}{handler.plugin}"):
        return f"The plugin {handler.plugin} is switched off by the people who run Response."
    if is_off("tier-2"):
        return "Plugins are switched off for now by the people who run Response, so that the rest works."
    return None


# Turning -------------------------------------------------------------------------------------------------------------


def positions() -> list[Position]:
    """Return every switch there is: the tiers, the reminders, each plugin."""
    turned_off = {row.key: row for row in Switch.objects.filter(is_off=True)}
    started_off = _started_off()
    return [_position(key, name, turned_off.get(key), started_off.get(key)) for key, name in names().items()]


def names() -> dict[str, str]:
    """Return what can be switched, and what it is in words."""
    plugins = sorted({each.plugin for each in registry.by_id.values()} - {BUILT_IN})
    return {
        **{key: WORDS[tier] for key, tier in TIERS.items()},
        REMINDERS: "All reminders",
        **{f"{PLUGIN}{label}": f"The plugin {label}" for label in plugins},
    }


@transaction.atomic
def turn_off(key: str, *, by: Person | str | None, door: str, why: str, at: datetime) -> None:
    """Hold this from now on. Raises `IncidentError` when there is no such switch, or the reason is too long."""
    _check(key)
    why = cleaned(why)
    if len(why) > WHY_MAX:
        raise IncidentError(f"The reason is too long: {len(why)} characters, at most {WHY_MAX}.")
    before = Switch.objects.filter(key=key, is_off=True).first()
    _set(key, is_off=True, why=why or (before.why if before else ""), at=before.changed_at if before else at)
    note(f"Switched off {_in_words(key)}{f': {why}' if why else '.'}", by=by, door=door, at=at)


@transaction.atomic
def turn_on(key: str, *, by: Person | str | None, door: str, at: datetime) -> None:
    """Let it go on. What was held too long to be useful is not said, reminders come back one by one."""
    _check(key)
    if key in settings.SWITCHED_OFF:
        raise UnknownSwitch(f"{key} is switched off by the environment: change SWITCHED_OFF or SAFE_MODE and restart.")
    held = _held_by(key)
    _set(key, is_off=False, why="", at=at)
    dropped = held.filter(_is_useless_late(), created_at__lt=at - STALE).update(
        is_open=False, closed_at=at, error=f"Held while {key} was switched off, and too late to be useful"
    )
    if key in (REMINDERS, "tier-2"):
        _spread_reminders(at)
    rest = f" {dropped} held for over an hour are not run any more." if dropped else ""
    note(f"Switched on {_in_words(key)}.{rest}", by=by, door=door, at=at)
    for name in queues.names():
        wakeup.wake_after_commit(name)


def note_environment(*, at: datetime) -> None:
    """Write down what the environment switches off, when that is not what it was at the start before."""
    off = ", ".join(sorted(set(settings.SWITCHED_OFF)))
    text = f"{FROM_THE_START}{off}." if off else "Nothing is switched off from the start any more."
    before = OperatorEntry.objects.filter(door=ENVIRONMENT).order_by("-pk").first()
    if before.text != text if before else settings.SWITCHED_OFF:
        note(text, by=None, door=ENVIRONMENT, at=at)


def note(text: str, *, by: Person | str | None, door: str, at: datetime) -> None:
    """Write down what was done to the machinery, for whoever asks a year later. `by` may be a login of the machine."""
    if isinstance(by, str):
        by, text = None, f"{by}: {text}"
    OperatorEntry.objects.create(at=at, actor=by, door=door, text=text)


def _check(key: str) -> None:
    if key not in names():
        raise UnknownSwitch(f"There is no switch {key}. There are: {', '.join(names())}.")


def _set(key: str, *, is_off: bool, why: str, at: datetime) -> None:
    plugin = key.removeprefix(PLUGIN) if key.startswith(PLUGIN) else ""
    tier = TIERS.get(key)
    values = {"is_off": is_off, "tier": tier, "subject": plugin, "why": why, "changed_at": at}
    Switch.objects.update_or_create(key=key, defaults=values)


def _held_by(key: str) -> QuerySet[InboxEntry]:
    rows = InboxEntry.objects.filter(is_open=True, lease_until=None)
    if key in TIERS:
        return rows.filter(tier=TIERS[key])
    if key == REMINDERS:
        return rows.filter(kind__in=kinds_that(lambda kind: kind.is_reminder))
    return rows.filter(plugin=key.removeprefix(PLUGIN))


def _is_useless_late() -> Q:
    """Return the condition that a row is dropped after an hour: it would only speak to people, or a plugin runs it."""
    speaks, promised = kinds_that(lambda kind: kind.speaks), kinds_that(lambda kind: kind.is_promised)
    return (Q(kind__in=speaks) | ~Q(plugin="")) & ~Q(kind__in=promised)


def _spread_reminders(at: datetime) -> None:
    overdue = Reminder.objects.filter(is_open=True, due_at__lt=at).order_by("due_at")
    for number, reminder in enumerate(overdue):
        Reminder.objects.filter(pk=reminder.pk).update(due_at=at + number * CALM)


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
    """Refuse to start with a switch that does not exist: a fire is no time to find a typing error."""
    not_loaded = PLUGIN if settings.SAFE_MODE else "no prefix"
    unknown = [key for key in settings.SWITCHED_OFF if key not in names() and not key.startswith(not_loaded)]
    return [
        Error(f"SWITCHED_OFF names {key}.", hint=f"There are: {', '.join(names())}.", id="slackbot.E001")
        for key in unknown
    ]
