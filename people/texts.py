"""Plain text that people write and paste, made safe to keep and to show."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from jobs.texts import cleaned as cleaned

_DIRECTIONS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")


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
