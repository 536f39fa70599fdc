"""Plain text that people write and paste, made safe to keep and to show."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LINE_END: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# PostgreSQL refuses NUL, no encoding knows half of a surrogate pair, and terminals obey the other control characters.
_UNKEEPABLE: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_DIRECTIONS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


def cleaned(text: str) -> str:
    """Return `text` without what cannot be kept. Lines end in a line feed."""
    return _UNKEEPABLE.sub("", _LINE_END.sub("\n", text))


def without_directions(text: str) -> str:
    """Return `text` without the controls that turn the direction of what follows, on their line and the page.

    For showing: right-to-left scripts need none of them, and in a name they can pass one for another.
    """
    return _DIRECTIONS.sub("", text)


def folded(text: str) -> str:
    """Return the letters of a text as a search compares them: without case, accents, and the ways to write them.

    Databases do not agree about these, so what is searched is kept so, beside the text: see `people.derived.Folded`.
    """
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in parts if unicodedata.category(char) not in ("Mn", "Cf")).casefold()


def one_line(text: str) -> str:
    return " ".join(cleaned(text).split())


def can_be_seen(text: str) -> bool:
    return any(letter.isprintable() and not letter.isspace() for letter in text)
