"""How an attempt at a row ends, in one update each.

Only the attempt that holds a row may note anything in it: it may have lost its lease meanwhile, and another one may be
at work. So most of these take the rows of `held_by_us`, which the caller may narrow, and update nothing if the row is
not among them. `noted` are further columns.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, Final, TypeVar

from django.db.models import F, QuerySet

from jobs import wakeup
from jobs.compiled_queries import Slot, Update
from jobs.models import Job
from jobs.texts import cleaned

LETTERS: Final = 4000  # of an error, from its end

Row = TypeVar("Row", bound=Job)


def held_by_us(row: Row) -> QuerySet[Row]:
    """Return the row, as long as the present attempt holds it."""
    return type(row)._default_manager.filter(pk=row.pk, attempts=row.attempts, lease_owner=row.lease_owner)


def close(
    row: Job, *, now: datetime, error: str = "", as_long_as: Mapping[str, Any] | None = None, **noted: Any
) -> bool:
    """Note that the work is done. Return False when the row is no longer ours: then the work must be undone.

    `as_long_as` are further conditions: columns and what they must hold. `error` is the reason if the work was dropped.
    """
    if_so = {f"if_{name}": value for name, value in (as_long_as or {}).items()}
    held = {"pk": row.pk, "attempts": row.attempts, "lease_owner": row.lease_owner}
    update = _closing(type(row), tuple(as_long_as or ()), tuple(noted))
    return bool(update.run(**held, now=now, kept_error=shortened(error), **if_so, **noted))


@cache
def _closing(model: type[Row], conditions: Sequence[str], noted: Sequence[str]) -> Update[Row]:
    def place(column: str, name: str) -> Slot:
        field: Any = model._meta.pk if column == "pk" else model._meta.get_field(column)
        return Slot(name, field)

    def build() -> tuple[QuerySet[Row], Mapping[str, Any]]:
        held = {name: place(name, name) for name in ("pk", "attempts", "lease_owner")}
        rows = model._default_manager.filter(**held, **{name: place(name, f"if_{name}") for name in conditions})
        ended = {"closed_at": place("closed_at", "now"), "error": place("error", "kept_error")}
        return rows, {"is_open": False, "lease_until": None, **ended, **{name: place(name, name) for name in noted}}

    return Update(build)


def begin_again(rows: QuerySet[Row], *, error: str = "", **noted: Any) -> None:
    """Let the row be claimed again at once, as if for the first time: what it asks for has changed meanwhile."""
    rows.update(lease_until=None, lease_owner="", attempts=0, failures=0, error=shortened(error), **noted)


def put_back(rows: QuerySet[Row], *, not_before: datetime | None, **noted: Any) -> None:
    """Let the row wait. Nothing went wrong with it, so the attempt does not count.

    A claim clears `not_before`. If it has a value again, the row was woken meanwhile, and does not wait.
    """
    noted |= {"lease_until": None, "lease_owner": "", "attempts": F("attempts") - 1}
    if not rows.filter(not_before=None).update(**noted, not_before=not_before):
        rows.update(**noted)
    wakeup.wake_when_due(not_before)


def note_failure(rows: QuerySet[Row], *, error: str, not_before: datetime, **noted: Any) -> None:
    """Note a failed attempt, and try again later. `jobs.retries.pause` has pauses that grow."""
    rows.update(
        lease_until=None,
        lease_owner="",
        failures=F("failures") + 1,
        error=shortened(error),
        not_before=not_before,
        **noted,
    )
    wakeup.wake_when_due(not_before)


def fail_permanently(rows: QuerySet[Row], *, now: datetime, reason: str, **noted: Any) -> bool:
    """Keep the row for operators, who can retry or discard it. Return False when the row is no longer ours."""
    kept = {"given_up_at": now, "lease_until": None, "error": shortened(reason)}
    return bool(rows.update(is_open=False, **kept, **noted))


def shortened(error: str) -> str:
    """Return an error as a row keeps it."""
    return cleaned(error)[-LETTERS:]
