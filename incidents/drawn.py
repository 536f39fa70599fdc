"""Store a text's HTML beside it, rendered once when the text is written, and its letters, normalized for search.

A model declares a column for it: `html = Html(of="text")`. Everything that writes the text also writes its HTML: saving
a row, and `update`, `bulk_create` and `bulk_update` of `DrawnQuerySet`. The stored HTML begins with a mark of the text
and the parser, so HTML of another text, or by an older parser, is never shown: the text is then rendered when it is
read, and stored. That happens to rows that the previous version wrote, or changed during an upgrade.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeVar

from django.db import InternalError, OperationalError, models, transaction
from django.db.models.base import ModelBase
from django.utils.safestring import SafeString

from incidents import fields, markdown
from incidents.fields import FieldKind
from incidents.texts import folded, without_escapes

M = TypeVar("M", bound=models.Model)
NOTHING: Final = ""
AT_ONCE: Final = 200  # texts that a reader waits for


class _Drawn:
    """A column that follows another one, `of`, of the same row."""

    of: str
    attname: str

    def drawn(self, value: Any, row: models.Model | None = None) -> Any:
        """Return what to store for `value` of the other column; without `row`, as for most rows."""
        raise NotImplementedError

    def empty(self) -> Any:
        """Return the value that means "not rendered yet"."""
        raise NotImplementedError

    def is_up_to_date(self, row: models.Model) -> bool:
        """Return whether the row has the HTML of its text, by this parser."""
        raise NotImplementedError

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001  Django calls it so
        """Render the text when it is written, including by `bulk_create`."""
        value = getattr(model_instance, self.of)
        kept = self.empty() if hasattr(value, "resolve_expression") else self.drawn(value, model_instance)
        setattr(model_instance, self.attname, kept)
        return kept


def _quiet(**defaults: Any) -> dict[str, Any]:
    """Return the options that keep a column out of forms, and let the previous version write its rows."""
    return {"blank": True, "editable": False} | defaults


class Html(_Drawn, models.TextField):  # type: ignore[type-arg]  # only the stubs know parameters
    """The HTML of a text. `block` is whether it has paragraphs, or the name of the row's attribute with that."""

    def __init__(self, *, of: str = "", block: bool | str = True, **kwargs: Any) -> None:
        self.of, self.block = of, block
        super().__init__(**(_quiet(default=NOTHING, db_default=NOTHING) | kwargs))

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def drawn(self, value: Any, row: models.Model | None = None) -> str:
        return markdown.kept(value, block=self._is_block(row)) if value else NOTHING

    def _is_block(self, row: models.Model | None) -> bool:
        return self.block if isinstance(self.block, bool) else row is not None and bool(getattr(row, self.block))

    def empty(self) -> str:
        return NOTHING

    def is_up_to_date(self, row: models.Model) -> bool:
        return markdown.is_of(getattr(row, self.of), getattr(row, self.attname), block=self._is_block(row))


class HtmlOfFields(_Drawn, models.JSONField):
    """The HTML of custom fields that are paragraphs, by the field's name."""

    def __init__(self, *, of: str = "", **kwargs: Any) -> None:
        self.of = of
        super().__init__(**(_quiet(default=dict, db_default=models.Value({}, models.JSONField())) | kwargs))

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def drawn(self, value: Any, row: models.Model | None = None) -> dict[str, str]:
        return {name: markdown.kept(text, block=True) for name, text in self._paragraphs(value).items()}

    def empty(self) -> dict[str, str]:
        return {}

    def is_up_to_date(self, row: models.Model) -> bool:
        texts, kept = self._paragraphs(getattr(row, self.of)), getattr(row, self.attname)
        return texts.keys() == kept.keys() and all(markdown.is_of(texts[name], kept[name], block=True) for name in kept)

    def _paragraphs(self, values: Mapping[str, Any]) -> dict[str, str]:
        return {
            name: text
            for name, text in values.items()
            if isinstance(text, str) and (field := fields.registry.find(name)) and field.kind == FieldKind.PARAGRAPH
        }


class Folded(_Drawn, models.TextField):  # type: ignore[type-arg]
    """The letters of a text, normalized for search. `markdown`: the text may contain escapes."""

    def __init__(self, *, of: str = "", markdown: bool = False, **kwargs: Any) -> None:
        self.of, self.markdown = of, markdown
        super().__init__(**(_quiet(default=NOTHING, db_default=NOTHING) | kwargs))

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def drawn(self, value: Any, row: models.Model | None = None) -> str:
        return folded(without_escapes(value) if self.markdown else value)

    def empty(self) -> str:
        return NOTHING

    def is_up_to_date(self, row: models.Model) -> bool:
        return bool(getattr(row, self.attname) == self.drawn(getattr(row, self.of)))


class FoldedFields(_Drawn, models.JSONField):
    """The normalized letters of custom fields with texts, by the field's name."""

    def __init__(self, *, of: str = "", **kwargs: Any) -> None:
        self.of = of
        super().__init__(**(_quiet(default=dict, db_default=models.Value({}, models.JSONField())) | kwargs))

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def drawn(self, value: Any, row: models.Model | None = None) -> dict[str, str]:
        texts = {name: each for name, each in value.items() if isinstance(each, str | list)}
        return {
            name: folded(without_escapes(each) if isinstance(each, str) else "\n".join(map(str, each)))
            for name, each in texts.items()
        }

    def empty(self) -> dict[str, str]:
        return {}

    def is_up_to_date(self, row: models.Model) -> bool:
        return bool(getattr(row, self.attname) == self.drawn(getattr(row, self.of)))


class DrawnQuerySet(models.QuerySet[M]):
    """Rows whose HTML follows their texts, also when many are written at once."""

    def update(self, **kwargs: Any) -> int:
        """Render given texts; a text that the database computes is rendered when it is read."""
        for column in columns_of(self.model):
            if column.of in kwargs:
                value = kwargs[column.of]
                kwargs[column.attname] = column.empty() if hasattr(value, "resolve_expression") else column.drawn(value)
        return super().update(**kwargs)

    def bulk_create(self, objs: Iterable[M], *args: Any, **kwargs: Any) -> list[M]:
        if kwargs.get("update_fields"):
            kwargs["update_fields"] = with_html(self.model, kwargs["update_fields"])
        return super().bulk_create(objs, *args, **kwargs)


class Drawn(models.Model):
    """A row that stores HTML beside its texts."""

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
        """Save the HTML of each saved text. Every way to save one row calls this."""
        if update_fields is not None:
            update_fields = frozenset(with_html(type(self), update_fields))
        super().save_base(raw, force_insert, force_update, using, update_fields)

    def html_of(self, name: str, *, block: bool) -> SafeString:
        """Return the HTML of the text in that column."""
        column = next(each for each in columns_of(type(self)) if each.of == name and isinstance(each, Html))
        return markdown.shown(getattr(self, name), getattr(self, column.attname), block=block)


def columns_of(model: type[models.Model]) -> list[_Drawn]:
    return [field for field in model._meta.concrete_fields if isinstance(field, _Drawn)]


def with_html(model: type[models.Model], names: Iterable[str]) -> Sequence[str]:
    """Return the names of columns, with those that follow them."""
    written = list(names)
    return [
        *written,
        *(each.attname for each in columns_of(model) if each.of in written and each.attname not in written),
    ]


def catch_up(rows: Iterable[Drawn]) -> None:
    """Render and store missing or outdated HTML, and set it on the given rows.

    If a row has the HTML of another text, the previous version changed the text during an upgrade. It may have redacted
    the text without knowing that the HTML repeats the old one.
    """
    behind = [(row, column) for row in rows for column in columns_of(type(row)) if not column.is_up_to_date(row)]
    found = [(row, column, getattr(row, column.attname)) for row, column in behind[:AT_ONCE]]
    if not found:
        return
    for row, column, _ in found:
        column.pre_save(row, add=False)
    # A failure only makes the page slower: readers must get it even if the database is busy or read-only.
    with suppress(OperationalError, InternalError), transaction.atomic():
        for row, column, before in found:
            same = {"pk": row.pk, column.attname: before}
            models.QuerySet(type(row)).filter(**same).update(**{column.attname: getattr(row, column.attname)})
