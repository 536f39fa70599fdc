"""Show people their own signs of work. There is no query for somebody else's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, timedelta
from typing import Final

from django.db.models import Count, Max, QuerySet
from django.db.models.functions import TruncDate

from incidents.activity import midnight
from incidents.models import Activity, ActivityTotal
from incidents.queries.visible import incidents
from people.models import Person

DAYS: Final = 30


@dataclass(frozen=True)
class Counted:
    """How many signs of work of a kind somebody left in an incident on a day in UTC."""

    day: date
    incident: int  # its number
    kind: Activity.Kind
    count: int


@dataclass(frozen=True)
class OwnActivity:
    """What was counted, the newest day first. `earlier` is the day before which to ask for more, or None."""

    counted: Sequence[Counted]
    earlier: date | None


def own_activity(viewer: Person, *, before: date | None = None, days: int = DAYS) -> OwnActivity:
    """Return a viewer's signs of work of some days in a row; the last of them is their latest one, or that `before`.

    Incidents that they may not see any more are left out.
    """
    signs, totals = _of(viewer)
    if before is not None:
        signs, totals = signs.filter(at__lt=midnight(before)), totals.filter(day__lt=before)
    latest_sign, latest_day = signs.aggregate(at=Max("at"))["at"], totals.aggregate(day=Max("day"))["day"]
    latest = [*([latest_sign.astimezone(UTC).date()] if latest_sign else []), *([latest_day] if latest_day else [])]
    if not latest:
        return OwnActivity([], None)
    first = max(latest) - timedelta(days=days - 1)
    # A day whose rows are being counted is in both, each time with other rows.
    counts: Counter[tuple[date, int, int]] = Counter()
    by_day = signs.filter(at__gte=midnight(first)).annotate(day=TruncDate("at", tzinfo=UTC))
    for day, number, kind, count in (
        *by_day.values_list("day", "incident__number", "kind").annotate(count=Count("pk")).order_by(),
        *totals.filter(day__gte=first).values_list("day", "incident__number", "kind", "count"),
    ):
        counts[day, number, kind] += count
    has_earlier = signs.filter(at__lt=midnight(first)).exists() or totals.filter(day__lt=first).exists()
    newest_first = sorted(counts.items(), key=lambda item: (-item[0][0].toordinal(), *item[0][1:]))
    found = [Counted(day, number, Activity.Kind(kind), count) for (day, number, kind), count in newest_first]
    return OwnActivity(found, first if has_earlier else None)


def _of(viewer: Person) -> tuple[QuerySet[Activity], QuerySet[ActivityTotal]]:
    seen = incidents(viewer).order_by().values("pk")
    return (
        Activity.objects.filter(person=viewer, incident__in=seen),
        ActivityTotal.objects.filter(person=viewer, incident__in=seen),
    )
