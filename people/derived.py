"""Columns that follow another column of the same row, and are stored whenever that one is written.

A model declares such a column: `name_folded = Folded(of="name")`. Everything that writes the name also writes it:
saving a row, and `update`, `bulk_create` and `bulk_update` of `DerivedQuerySet`. Rows that the previous version wrote
during an upgrade may be behind: see `is_up_to_date`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeVar

from django.db import models
from django.db.models.base import ModelBase

from people.texts import folded

M = TypeVar("M", bound=models.Model)
NOTHING: Final = ""


class DerivedColumn:
    """A column that follows another one, `of`, of the same row."""

    of: str
    attname: str

    def derived(self, value: Any, row: models.Model | None = None) -> Any:
        """Return what to store for `value` of the other column; without `row`, as for most rows."""
        raise NotImplementedError

    def empty(self) -> Any:
        """Return the value that means "not derived yet"."""
        raise NotImplementedError

    def is_up_to_date(self, row: models.Model) -> bool:
        """Return whether the row has what its other column says now."""
        raise NotImplementedError

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001  Django calls it so
        """Follow the other column when it is written, including by `bulk_create`."""
        value = getattr(model_instance, self.of)
        kept = self.empty() if hasattr(value, "resolve_expression") else self.derived(value, model_instance)
        setattr(model_instance, self.attname, kept)
        return kept


def quiet(**defaults: Any) -> dict[str, Any]:
    """Return the options that keep a column out of forms, and let the previous version write its rows."""
    return {"blank": True, "editable": False} | defaults


class Folded(DerivedColumn, models.TextField):  # type: ignore[type-arg]  # only the stubs know parameters
    """The letters of a text, normalized for search."""

    def __init__(self, *, of: str = "", **kwargs: Any) -> None:
        self.of = of
        super().__init__(**(quiet(default=NOTHING, db_default=NOTHING) | kwargs))

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def derived(self, value: Any, row: models.Model | None = None) -> str:
        return folded(value)

    def empty(self) -> str:
        return NOTHING

    def is_up_to_date(self, row: models.Model) -> bool:
        return bool(getattr(row, self.attname) == self.derived(getattr(row, self.of)))


class DerivedQuerySet(models.QuerySet[M]):
    """Rows whose columns follow others, also when many are written at once."""

    def update(self, **kwargs: Any) -> int:
        """Derive from given values; from one that the database computes, that is done when it is read."""
        for column in derived_columns(self.model):
            if column.of in kwargs:
                value = kwargs[column.of]
                is_computed = hasattr(value, "resolve_expression")
                kwargs[column.attname] = column.empty() if is_computed else column.derived(value)
        return super().update(**kwargs)

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = with_derived(self.model, kwargs["update_fields"])
        return super().bulk_create(objs, *args, **kwargs)


class Derived(models.Model):
    """A row with columns that follow others."""

    class Meta:
        abstract = True

    def save_base(
        self,
        raw: bool = False,  # noqa: FBT001, FBT002  Django calls it so
        force_insert: bool | tuple[ModelBase, ...] = False,  # noqa: FBT001, FBT002
        force_update: bool = False,  # noqa: FBT001, FBT002
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Save what follows each saved column. Every way to save one row calls this."""
        if update_fields is not None:
            update_fields = frozenset(with_derived(type(self), update_fields))
        super().save_base(raw, force_insert, force_update, using, update_fields)


def derived_columns(model: type[models.Model]) -> list[DerivedColumn]:
    return [field for field in model._meta.concrete_fields if isinstance(field, DerivedColumn)]


def with_derived(model: type[models.Model], names: Iterable[str]) -> Sequence[str]:
    """Return the names of columns, with those that follow them."""
    written = list(names)
    return [
        *written,
        *(each.attname for each in derived_columns(model) if each.of in written and each.attname not in written),
    ]
