"""Store a text's HTML beside it, rendered once when the text is written, and its letters, normalized for search.

A model declares a column for it: `html = Html(of="text")`. Everything that writes the text also writes its HTML: saving
a row, and the methods of `DerivedQuerySet` (see `people.derived`). The stored HTML begins with a mark of the text and
the parser, so HTML of another text, or by an older parser, is never shown: the text is then rendered when it is read,
and stored. That happens to rows that the previous version wrote, or changed during an upgrade.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from django.db import InternalError, OperationalError, models, transaction
from django.utils.safestring import SafeString

from incidents import fields, markdown
from incidents.fields import FieldKind
from incidents.texts import without_escapes
from people.derived import NOTHING, Derived, DerivedColumn, Folded, derived_columns, quiet
from people.texts import folded

AT_ONCE: Final = 200  # texts that a reader waits for


class Html(DerivedColumn, models.TextField):  # type: ignore[type-arg]  # only the stubs know parameters
    """The HTML of a text. `block` is whether it has paragraphs, or the name of the row's attribute with that."""

    def __init__(self, *, of: str = "", block: bool | str = True, **kwargs: Any) -> None:
        self.of, self.block = of, block
        super().__init__(**(quiet(default=NOTHING, db_default=NOTHING) | kwargs))

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.TextField", args, kwargs

    def derived(self, value: Any, row: models.Model | None = None) -> str:
        return markdown.kept(value, block=self._is_block(row)) if value else NOTHING

    def _is_block(self, row: models.Model | None) -> bool:
        return self.block if isinstance(self.block, bool) else row is not None and bool(getattr(row, self.block))

    def empty(self) -> str:
        return NOTHING

    def is_up_to_date(self, row: models.Model) -> bool:
        return markdown.is_of(getattr(row, self.of), getattr(row, self.attname), block=self._is_block(row))


class HtmlOfFields(DerivedColumn, models.JSONField):
    """The HTML of custom fields that are paragraphs, by the field's name."""

    def __init__(self, *, of: str = "", **kwargs: Any) -> None:
        self.of = of
        super().__init__(**(quiet(default=dict, db_default=models.Value({}, models.JSONField())) | kwargs))

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def derived(self, value: Any, row: models.Model | None = None) -> dict[str, str]:
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


class FoldedFields(DerivedColumn, models.JSONField):
    """The normalized letters of custom fields with texts, by the field's name."""

    def __init__(self, *, of: str = "", **kwargs: Any) -> None:
        self.of = of
        super().__init__(**(quiet(default=dict, db_default=models.Value({}, models.JSONField())) | kwargs))

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def derived(self, value: Any, row: models.Model | None = None) -> dict[str, str]:
        texts = {name: each for name, each in value.items() if isinstance(each, str | list)}
        return {
            name: folded(without_escapes(each) if isinstance(each, str) else "\n".join(map(str, each)))
            for name, each in texts.items()
        }

    def empty(self) -> dict[str, str]:
        return {}

    def is_up_to_date(self, row: models.Model) -> bool:
        return bool(getattr(row, self.attname) == self.derived(getattr(row, self.of)))


class FoldedMarkdown(Folded):
    """The letters of a text in Markdown, which may have escapes, normalized for search."""

    def derived(self, value: Any, row: models.Model | None = None) -> str:
        return folded(without_escapes(value))


class Drawn(Derived):
    """A row that stores HTML beside its texts."""

    class Meta:
        abstract = True

    def html_of(self, name: str, *, block: bool) -> SafeString:
        """Return the HTML of the text in that column."""
        column = next(each for each in derived_columns(type(self)) if each.of == name and isinstance(each, Html))
        return markdown.shown(getattr(self, name), getattr(self, column.attname), block=block)


def catch_up(rows: Iterable[Drawn]) -> None:
    """Render and store missing or outdated HTML, and set it on the given rows.

    If a row has the HTML of another text, the previous version changed the text during an upgrade. It may have redacted
    the text without knowing that the HTML repeats the old one.
    """
    behind = [(row, column) for row in rows for column in derived_columns(type(row)) if not column.is_up_to_date(row)]
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
