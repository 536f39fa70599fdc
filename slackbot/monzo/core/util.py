from __future__ import annotations

from typing import TypeVar

T = TypeVar("T", str, None)


def sanitize(string: T) -> T:
    """Return the text as it is: Response cleans the HTML that it makes of texts, not the texts."""
    return string
