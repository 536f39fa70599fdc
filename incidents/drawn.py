"""Keep the HTML of a text beside it, drawn once, when the text is written; and its letters, as a search compares them.

A model names the column for it: `html = Html(of="text")`. Whatever writes the text writes its HTML too: saving a row,
`update`, `bulk_create` and `bulk_update` of `DrawnQuerySet`. What is kept begins with a mark of the text and of the
parser, so HTML of another text, or by an older parser, is never shown: then the text is drawn when it is read, and
kept. That is so for rows that the version before wrote, or changed while a deployment was upgraded.
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
        """Return what to keep for `value` of the other column. Without its row, as most rows need it."""
        raise NotImplementedError

    def empty(self) -> Any:
        """Return what stands for nothing drawn yet."""
        raise NotImplementedError

    def is_up_to_date(self, row: models.Model) -> bool:
        """Say whether the row keeps the HTML of its text, by this parser."""
        raise NotImplementedError

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001  Django calls it so
        """Draw the text on its way to the database, also in `bulk_create`."""
        value = getattr(model_instance, self.of)
        kept = self.empty() if hasattr(value, "resolve_expression") else self.drawn(value, model_instance)
        setattr(model_instance, self.attname, kept)
        return kept


def _quiet(**defaults: Any) -> dict[str, Any]:
    """Return what keeps a column out of forms, and lets the version before write its rows."""
    return {"blank": True, "editable": False} | defaults


class Html(_Drawn, models.TextField):  # type: ignore[type-arg]  # only the stubs know parameters
    """The HTML of a text. `block` says whether it has paragraphs, or names the row's attribute that says so."""

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
    """The letters of a text as a search compares them. `markdown` says that the text may have escapes in it."""

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
    """The letters of custom fields that hold texts, by the field's name."""

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
    """Rows whose HTML follows their texts, however many are written at once."""

    def update(self, **kwargs: Any) -> int:
        """Draw a text that is given; one that the database makes is drawn when it is read."""
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
    """A row that keeps HTML beside its texts."""

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
        """Save the HTML of each text that is saved. Every way to save one row comes by here."""
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
    """Return the names of columns, and of those that follow them."""
    written = list(names)
    return [
        *written,
        *(each.attname for each in columns_of(model) if each.of in written and each.attname not in written),
    ]


def catch_up(rows: Iterable[Drawn]) -> None:
    """Keep the HTML of rows that have none of their text, or only by an older parser. The rows at hand have it then.

    Where a row has HTML of another text, the version before changed it while a deployment was upgraded. It may have
    redacted it, and does not know that the HTML repeats the old text.
    """
    behind = [(row, column) for row in rows for column in columns_of(type(row)) if not column.is_up_to_date(row)]
    found = [(row, column, getattr(row, column.attname)) for row, column in behind[:AT_ONCE]]
    if not found:
        return
    for row, column, _ in found:
        column.pre_save(row, add=False)
    # Without it the page is only slower: a database that is busy, or read-only, must not cost a reader the page.
    with suppress(OperationalError, InternalError), transaction.atomic():
        for row, column, before in found:
            same = {"pk": row.pk, column.attname: before}
            models.QuerySet(type(row)).filter(**same).update(**{column.attname: getattr(row, column.attname)})
