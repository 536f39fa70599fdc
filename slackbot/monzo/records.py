"""Rows of ours under the ancestor's names: `objects.get(incident=…)`, `objects.filter(end_time__isnull=True)`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final, Generic, TypeAlias, TypeVar

from django.core.exceptions import FieldError
from django.db.models import Model, Q, QuerySet
from django.utils import timezone

M = TypeVar("M", bound=Model)
T = TypeVar("T")

Lookup: TypeAlias = str | Callable[[str, Any], Q]  # a path of ours, or what makes a condition of suffix and value


def naive(moment: datetime) -> datetime:
    """The ancestor's times know no zone: they are compared with `datetime.now()`."""
    return timezone.make_naive(moment, timezone.get_default_timezone())


def aware(moment: datetime) -> datetime:
    if timezone.is_aware(moment):
        return moment
    return timezone.make_aware(moment, timezone.get_default_timezone())


class Wrapped:
    """Something of the ancestor's that stands for a row of ours."""

    record: Model

    def __int__(self) -> int:
        """Return the row's key: what Django asks for when a plugin looks up rows of its own by this."""
        return int(self.record.pk)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of slackbot.monzo: in a row of your own, put its .record>"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Wrapped) and self.record == other.record

    def __hash__(self) -> int:
        return hash(self.record)


class Records(Generic[M, T]):
    """As much of a query set, or of its manager, as plugins use."""

    def __init__(self, rows: QuerySet[M], wrap: Callable[[M], T], lookups: Mapping[str, Lookup]) -> None:
        self._rows: Final = rows
        self._wrap: Final = wrap
        self._lookups: Final = lookups

    def all(self) -> Records[M, T]:
        return self._with(self._rows.all())

    def filter(self, **conditions: Any) -> Records[M, T]:
        return self._with(self._rows.filter(self._condition(conditions)))

    def exclude(self, **conditions: Any) -> Records[M, T]:
        return self._with(self._rows.exclude(self._condition(conditions)))

    def order_by(self, *names: str) -> Records[M, T]:
        return self._with(self._rows.order_by(*map(self._order, names)))

    def get(self, **conditions: Any) -> T:
        """Raise the row's `DoesNotExist` when there is none."""
        return self._wrap(self._rows.get(self._condition(conditions)))

    def first(self) -> T | None:
        row = self._rows.first()
        return None if row is None else self._wrap(row)

    def last(self) -> T | None:
        row = self._rows.last()
        return None if row is None else self._wrap(row)

    def exists(self) -> bool:
        return self._rows.exists()

    def count(self) -> int:
        return self._rows.count()

    def __iter__(self) -> Iterator[T]:
        return map(self._wrap, self._rows.all())  # asked anew each time: `objects` lives as long as the process

    def __len__(self) -> int:
        return self._rows.count()

    def __getitem__(self, index: int) -> T:
        return self._wrap(self._rows[index])

    def _with(self, rows: QuerySet[M]) -> Records[M, T]:
        return Records(rows, self._wrap, self._lookups)

    def _condition(self, conditions: Mapping[str, Any]) -> Q:
        whole = Q()
        for name, value in conditions.items():
            field, _, suffix = name.partition("__")
            lookup = self._lookup(field)
            value = _ours(value)
            if callable(lookup):
                whole &= lookup(suffix, value)
            else:
                whole &= Q(**{f"{lookup}__{suffix}" if suffix else lookup: value})
        return whole

    def _order(self, name: str) -> str:
        sign, field = ("-", name[1:]) if name.startswith("-") else ("", name)
        lookup = self._lookup(field)
        if callable(lookup):
            raise FieldError(f"Nothing can be ordered by {field!r}.")
        return sign + lookup

    def _lookup(self, field: str) -> Lookup:
        if field not in self._lookups:
            raise FieldError(f"There is no field {field!r}. There are: {', '.join(self._lookups)}.")
        return self._lookups[field]


def _ours(value: Any) -> Any:
    match value:
        case Wrapped():
            return value.record
        case datetime():
            return aware(value)
        case _:
            return value
