"""Find and overwrite the copies of a text that must not stay, in rows whose shape only their owner knows.

An interface keeps what it received and what it sends: the same words with other markup, escaped, shortened, or inside a
longer sentence. Comparing letters and digits alone recognizes all of these. An interface names the columns that hold
people's words; nothing else is ever overwritten.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from django.db.models import Model, Q, QuerySet, TextField
from django.db.models.functions import Cast

REDACTED: Final = "[redacted]"
SHORT: Final = 6  # letters: fewer are part of many ordinary sentences
BEGINNING: Final = 60  # letters, by which a shortened copy is recognized
A_LINE: Final = 20  # letters, from which one line of a text is recognized by itself
AFTER_AT: Final = re.compile(r"(?<!\w)@\w+(?: [^\W\d_a-z]\w*){0,3}")  # an interface may keep an id for the name
NOTATION: Final = frozenset("<:*_~")  # what may be read as other letters: names, emoji, what stands beside a style
NO_LETTERS: Final = re.compile(r"[\W_]+")

# What a value stands under that is no text: overwriting it would break the row.
STRUCTURE: Final = frozenset(
    (
        *("type", "kind", "method", "action_id", "block_id", "callback_id", "channel", "channel_id", "user", "user_id"),
        *(
            "ts",
            "thread_ts",
            "timestamp",
            "field",
            "seq",
            "style",
            "emoji",
            "response_url",
            "way",
            "until",
            "fine",
            "todo",
        ),
    )
)
# A name beside one of these names a command or an emoji, and no person or file.
NAMED: Final = frozenset(("text", "timestamp"))

Convert = Callable[[str], str]
Split = Callable[[str], Iterable[str]]
Change = Callable[[str], str]
Columns = Mapping[type[Model], Sequence[str]]


class Traces:
    """Recognize copies of `texts`. An interface may add its own notation: see `reading`."""

    def __init__(
        self, texts: Iterable[str], *, read: Convert = str, split: Split = lambda text: (), short: bool = False
    ) -> None:
        """With `short`, recognize texts of few letters as well, where they stand as words of their own."""
        self.texts: Final = sorted({text.strip() for text in texts} - {"", REDACTED}, key=len, reverse=True)
        self._read: Final = read
        self._split: Final = split
        self._letters: Final = {_letters(text) for text in self.texts}
        self._needles: Final = {needle for text in self.texts for needle in _needles(text)}
        self._short: Final = [
            re.compile(rf"(?<!\w){re.escape(text)}(?!\w)")
            for text in self.texts
            if len(_letters(text)) < SHORT and short
        ]

    def reading(self, read: Convert, split: Split) -> Traces:
        """Return the same, for an interface with its own notation.

        `read` returns a string as the domain would store it, and `split` returns what a string carries for the domain
        beside the interface's own words, such as a command's name.
        """
        return Traces(self.texts, read=read, split=split, short=bool(self._short))

    def with_short_ones(self) -> Traces:
        """Return the same, for places that have their words from the text: there, even a few letters are a copy."""
        return Traces(self.texts, read=self._read, split=self._split, short=True)

    @property
    def words(self) -> list[str]:
        """Return words of which every copy has one at least, as any database stores it; "" when it may have none."""
        return sorted({_plain_word(part) for text in self.texts for part in (text, *_long_lines(text))})

    def are_in(self, value: Any) -> bool:
        """Say whether any string inside `value`, as JSON has them, holds one of the texts."""
        return any(self._is_in(leaf) for leaf in leaves(value))

    def are_all_of(self, value: Any) -> bool:
        """Say whether any string inside `value` is one of the texts, with nothing else in it."""
        return any(self._is_all_of(leaf) for leaf in leaves(value))

    def without(self, value: Any) -> Any:
        """Return `value` with each string that holds one of the texts overwritten as a whole."""
        return changed(value, lambda leaf: REDACTED if self._is_in(leaf) or self._is_all_of(leaf) else leaf)

    def without_whole(self, value: Any) -> Any:
        """Return `value` with each string that is one of the texts, and nothing else, overwritten."""
        return changed(value, lambda leaf: REDACTED if self._is_all_of(leaf) else leaf)

    def _is_all_of(self, leaf: str) -> bool:
        if not NOTATION.intersection(leaf):
            said = _letters(leaf)
            if not any(letters in said for letters in self._letters):
                return False  # the usual case, and the quickest to find out
        return any(
            form.strip() in self.texts for form in (leaf, html.unescape(leaf), self._read(leaf), *self._split(leaf))
        )

    def _is_in(self, leaf: str) -> bool:
        if self._short and any(pattern.search(form) for pattern in self._short for form in self._forms(leaf)):
            return True
        if not self._needles:
            return False
        said = _letters(leaf)
        if any(needle in said for needle in self._needles):
            return True
        if not NOTATION.intersection(leaf):
            return False
        read = self._read(leaf)
        return read != leaf and any(needle in _letters(read) for needle in self._needles)

    def _forms(self, leaf: str) -> tuple[str, str, str]:
        return leaf, html.unescape(leaf), self._read(leaf)


def sweep(columns: Columns, *, words: Sequence[str], change: Change) -> None:
    """Make `change` to every string of these columns, in rows in which one of `words` occurs."""
    for model, names in columns.items():
        for row in candidates(model._base_manager.all(), names, words=[_longest(word) for word in words]):
            overwrite(row, names, lambda value: changed(value, change))


def candidates(rows: QuerySet[Any], columns: Sequence[str], *, words: Iterable[str]) -> list[Any]:
    """Return the rows of which one of the columns has one of the plain words.

    Databases store JSON with other letters escaped, each in its own way: the words are of plain letters and digits.
    """
    return list(rows.annotate(**as_texts(columns)).filter(mentions(columns, words)).order_by("pk"))


def as_texts(columns: Iterable[str]) -> dict[str, Cast]:
    return {f"{column}_as_text": Cast(column, TextField()) for column in columns}


def mentions(columns: Iterable[str], words: Iterable[str], *, lookup: str = "icontains") -> Q:
    """Return the condition that any of the columns, as `as_texts` has them, has any of the words."""
    found = Q(pk__in=())
    for word in words:
        for column in columns:
            found |= Q(**{f"{column}_as_text__{lookup}": word}) if word else Q(pk__isnull=False)
    return found


def overwrite(row: Model, columns: Iterable[str], clean: Callable[[Any], Any]) -> bool:
    """Write what `clean` makes of the columns, where that is something else; say whether it is."""
    values = {column: clean(getattr(row, column)) for column in columns}
    new = {column: value for column, value in values.items() if value != getattr(row, column)}
    if new:
        type(row)._default_manager.filter(pk=row.pk).update(**new)  # also renders the HTML of a changed text again
    return bool(new)


def leaves(value: Any) -> Iterator[str]:
    """Yield every string inside `value` that may be a text."""
    match value:
        case str():
            yield value
        case dict():
            for key, each in value.items():
                if not _is_structure(value, key):
                    yield from leaves(each)
        case list() | tuple():
            for each in value:
                yield from leaves(each)


def changed(value: Any, change: Change) -> Any:
    """Return `value` with `change` made to every string inside it that may be a text."""
    match value:
        case str():
            return change(value)
        case dict():
            return {key: each if _is_structure(value, key) else changed(each, change) for key, each in value.items()}
        case list() | tuple():
            return [changed(each, change) for each in value]
        case _:
            return value


def _is_structure(inside: Mapping[str, Any], key: str) -> bool:
    value = inside[key]
    if key == "name":
        return isinstance(value, str) and not NAMED.isdisjoint(inside)
    is_deep = isinstance(value, dict) or (isinstance(value, list) and any(isinstance(each, dict) for each in value))
    return key in STRUCTURE and not is_deep


def have_in_common(one: str, other: str) -> bool:
    """Say whether two texts share `SHORT` letters in a row, or a shorter word that has a digit, as passwords have."""
    first, second = _letters(one), _letters(other)
    runs = {first[start : start + SHORT] for start in range(len(first) - SHORT + 1)}
    if any(second[start : start + SHORT] in runs for start in range(len(second) - SHORT + 1)):
        return True
    return not _with_digits(one).isdisjoint(_with_digits(other))


def _with_digits(text: str) -> set[str]:
    return {word for word in text.split() if re.search(r"\d", word)}


def _needles(text: str) -> Iterator[str]:
    said = _letters(text)
    if len(said) < SHORT:
        return
    yield said[:BEGINNING]
    for line in _long_lines(text):
        yield _letters(line)[:BEGINNING]


def _long_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if len(_letters(line)) >= A_LINE]


def _letters(text: str) -> str:
    return NO_LETTERS.sub("", html.unescape(text)).casefold()


def _plain_word(text: str) -> str:
    """Return the longest plain word of what is left of a shortened copy."""
    end = min(len(text), BEGINNING)
    while end < len(text) and len(_letters(text[:end])) < BEGINNING:
        end += 1
    return _longest(AFTER_AT.sub(" ", text[:end]))


def _longest(text: str) -> str:
    return max(re.findall(r"[A-Za-z0-9]+", text), key=len, default="")
