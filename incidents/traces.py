"""Find and overwrite the copies of a redacted text, in rows whose format only their owner knows.

An interface stores what it receives and what it sends: the same words with other markup, escaped, shortened, or inside
a longer sentence. Comparing only letters and digits recognizes all of these. An interface names the columns with
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
SHORT: Final = 6  # letters; shorter texts are part of many ordinary sentences
BEGINNING: Final = 60  # letters that identify a shortened copy
A_LINE: Final = 20  # letters; one line of a text at least this long is recognized by itself
AFTER_AT: Final = re.compile(r"(?<!\w)@\w+(?: [^\W\d_a-z]\w*){0,3}")  # an interface may store an id instead of the name
NOTATION: Final = frozenset("<:*_~")  # may be read as other letters: names, emoji, words beside a style
NO_LETTERS: Final = re.compile(r"[\W_]+")

# Keys of values that aren't texts: overwriting them would break the row.
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
# A name beside one of these belongs to a command or an emoji, not to a person or a file.
NAMED: Final = frozenset(("text", "timestamp"))

Convert = Callable[[str], str]
Split = Callable[[str], Iterable[str]]
Change = Callable[[str], str]
Columns = Mapping[type[Model], Sequence[str]]


class Traces:
    """Recognize copies of `texts`. An interface can add its own notation: see `reading`."""

    def __init__(
        self, texts: Iterable[str], *, read: Convert = str, split: Split = lambda text: (), short: bool = False
    ) -> None:
        """With `short`, also recognize texts of few letters where they are separate words."""
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
        """Return the same traces for an interface with its own notation.

        `read` returns a string as the domain would store it, and `split` returns a string's parts for the domain,
        without the interface's own words, such as a command's name.
        """
        return Traces(self.texts, read=read, split=split, short=bool(self._short))

    def with_short_ones(self) -> Traces:
        """Return the same traces for places that come from the text, where even a few letters are a copy."""
        return Traces(self.texts, read=self._read, split=self._split, short=True)

    @property
    def words(self) -> list[str]:
        """Return words such that every copy has at least one, as any database stores it; "" if it may have none."""
        return sorted({_plain_word(part) for text in self.texts for part in (text, *_long_lines(text))})

    def are_in(self, value: Any) -> bool:
        """Return whether any string inside the JSON `value` contains one of the texts."""
        return any(self._is_in(leaf) for leaf in leaves(value))

    def are_all_of(self, value: Any) -> bool:
        """Return whether any string inside `value` consists of one of the texts."""
        return any(self._is_all_of(leaf) for leaf in leaves(value))

    def without(self, value: Any) -> Any:
        """Return `value`, overwriting each whole string that contains one of the texts."""
        return changed(value, lambda leaf: REDACTED if self._is_in(leaf) or self._is_all_of(leaf) else leaf)

    def without_whole(self, value: Any) -> Any:
        """Return `value`, overwriting each string that consists of one of the texts."""
        return changed(value, lambda leaf: REDACTED if self._is_all_of(leaf) else leaf)

    def _is_all_of(self, leaf: str) -> bool:
        if not NOTATION.intersection(leaf):
            said = _letters(leaf)
            if not any(letters in said for letters in self._letters):
                return False  # the usual case, and the quickest check
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
    """Apply `change` to every string of these columns, in rows that contain one of `words`."""
    for model, names in columns.items():
        for row in candidates(model._base_manager.all(), names, words=[_longest(word) for word in words]):
            overwrite(row, names, lambda value: changed(value, change))


def candidates(rows: QuerySet[Any], columns: Sequence[str], *, words: Iterable[str]) -> list[Any]:
    """Return the rows that have one of the plain words in one of the columns.

    The words consist of plain letters and digits, because each database escapes other letters in JSON differently.
    """
    return list(rows.annotate(**as_texts(columns)).filter(mentions(columns, words)).order_by("pk"))


def as_texts(columns: Iterable[str]) -> dict[str, Cast]:
    return {f"{column}_as_text": Cast(column, TextField()) for column in columns}


def mentions(columns: Iterable[str], words: Iterable[str], *, lookup: str = "icontains") -> Q:
    """Return the condition that any of the columns, as `as_texts` annotates them, contains any of the words."""
    found = Q(pk__in=())
    for word in words:
        for column in columns:
            found |= Q(**{f"{column}_as_text__{lookup}": word}) if word else Q(pk__isnull=False)
    return found


def overwrite(row: Model, columns: Iterable[str], clean: Callable[[Any], Any]) -> bool:
    """Write the columns that `clean` changes; return whether there are any."""
    values = {column: clean(getattr(row, column)) for column in columns}
    new = {column: value for column, value in values.items() if value != getattr(row, column)}
    if new:
        type(row)._default_manager.filter(pk=row.pk).update(**new)  # this also renders the HTML of a changed text
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
    """Return `value` with `change` applied to every string inside it that may be a text."""
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
    """Return the longest plain word that a shortened copy still has."""
    end = min(len(text), BEGINNING)
    while end < len(text) and len(_letters(text[:end])) < BEGINNING:
        end += 1
    return _longest(AFTER_AT.sub(" ", text[:end]))


def _longest(text: str) -> str:
    return max(re.findall(r"[A-Za-z0-9]+", text), key=len, default="")
