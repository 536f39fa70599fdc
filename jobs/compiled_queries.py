"""Queries whose SQL is written once, for those that run with every request and every row.

Django takes longer to write a small statement than the database takes to run it. Here it writes the statement the first
time; later runs only fill in the values. A query is built from `Slot`s where a value will be:

    ACCOUNT = Read(lambda: SlackUser.objects.select_related("person").filter(user_id=Slot("user_id", CharField())))
    account = ACCOUNT.first(user_id="U0ADA")

The result is what the queryset itself would return. Lookups that look at their value, such as `__in`, take no slot.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.models import Expression, Field, QuerySet, prefetch_related_objects
from django.db.models.query import ModelIterable
from django.db.models.sql import UpdateQuery

M = TypeVar("M", bound=models.Model)


class Slot(Expression):
    """The place of a value that is given when the query runs, as `field` stores it."""

    def __init__(self, name: str, field: Field[Any, Any]) -> None:
        super().__init__(output_field=field)
        self.name = name

    def as_sql(self, *_args: Any, **_kwargs: Any) -> tuple[str, Any]:
        return "%s", [self]


@dataclass(frozen=True)
class _Written:
    compiler: Any
    sql: str
    params: tuple[Any, ...]
    prefetched: Sequence[Any]


class Read(Generic[M]):
    """A query for rows of a model, with `select_related` and `prefetch_related` if it has them.

    `build` is called once for each database vendor. The queries that prefetch are Django's own.
    """

    def __init__(self, build: Callable[[], QuerySet[M]]) -> None:
        self._build = build
        self._written: dict[str, _Written] = {}

    def all(self, **values: Any) -> list[M]:
        """Return the rows. Raise `TypeError` when `values` don't name exactly the slots."""
        database: Any = connections[DEFAULT_DB_ALIAS]
        written = self._statement(database)
        ours = copy.copy(written.compiler)  # threads have connections of their own
        ours.connection = database
        ours.as_sql = lambda *_args, **_kwargs: (written.sql, _filled(written.params, values, database))
        query = SimpleNamespace(get_compiler=lambda using: ours)
        queryset: Any = SimpleNamespace(db=DEFAULT_DB_ALIAS, query=query, _known_related_objects={})
        rows: list[M] = list(ModelIterable(queryset))
        prefetch_related_objects(rows, *written.prefetched)
        return rows

    def first(self, **values: Any) -> M | None:
        """Return the first row in the order of the query, or None."""
        return next(iter(self.all(**values)), None)

    def get(self, **values: Any) -> M:
        """Return the first row. Raise the model's `DoesNotExist` if the query finds no row."""
        if (found := self.first(**values)) is None:
            model: Any = self._build().model
            raise model.DoesNotExist
        return found

    def _statement(self, database: Any) -> _Written:
        if (written := self._written.get(database.vendor)) is None:
            queryset: Any = self._build()
            compiler = queryset.query.get_compiler(DEFAULT_DB_ALIAS)
            sql, params = compiler.as_sql()
            written = _Written(compiler, sql, tuple(params), queryset._prefetch_related_lookups)
            self._written[database.vendor] = written
        return written


class Update(Generic[M]):
    """An update of the rows of a query. `build` returns the query and the new values by field, either with slots."""

    def __init__(self, build: Callable[[], tuple[QuerySet[M], Mapping[str, Any]]]) -> None:
        self._build = build
        self._written: dict[str, tuple[str, tuple[Any, ...]]] = {}

    def run(self, **values: Any) -> int:
        """Return how many rows were changed. Raise `TypeError` when `values` don't name exactly the slots."""
        database: Any = connections[DEFAULT_DB_ALIAS]
        sql, params = self._statement(database)
        filled = _filled(params, values, database)
        with transaction.mark_for_rollback_on_error(using=DEFAULT_DB_ALIAS), database.cursor() as cursor:
            cursor.execute(sql, filled)
            return int(cursor.rowcount)

    def _statement(self, database: Any) -> tuple[str, tuple[Any, ...]]:
        if (written := self._written.get(database.vendor)) is None:
            rows, changes = self._build()
            query: Any = rows.query.chain(UpdateQuery)
            query.add_update_values(changes)
            sql, params = query.get_compiler(DEFAULT_DB_ALIAS).as_sql()
            written = self._written[database.vendor] = sql, tuple(params)
        return written


def _filled(params: tuple[Any, ...], values: Mapping[str, Any], database: Any) -> tuple[Any, ...]:
    slots = {each.name: each for each in params if isinstance(each, Slot)}
    if slots.keys() != values.keys():
        raise TypeError(f"The query needs values for {sorted(slots)}, not for {sorted(values)}.")
    ready = {name: slots[name].output_field.get_db_prep_save(value, database) for name, value in values.items()}
    return tuple(ready[each.name] if isinstance(each, Slot) else each for each in params)
