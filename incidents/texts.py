"""What people write and paste, made safe to keep and to show."""

from __future__ import annotations

import re
from typing import Final

# By severity's key: what the deployment wants to see instead of the stored emoji. Filled at the start.
severity_emoji: Final[dict[str, str]] = {}

_LINE_END: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# PostgreSQL refuses NUL, no encoding knows half of a surrogate pair, and terminals obey the other control characters.
_UNKEEPABLE: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

# Only where it would mean something: ordinary words stay readable for whoever shows them without drawing them.
_MARKUP: Final = r"""
    [`*]                               # code, emphasis
    | (?<!\w)_ | _(?!\w)               # emphasis; not in the middle of a_name
    | \](?=[(\[:])                     # the end of a link's words
    | <(?=[A-Za-z/!?])                 # a tag, an address
    | ~(?=~)                           # struck out
    | &(?=\#?\w+;)                     # a character by its name
    | \\(?=[!-/:-@\[-`{-~]|\Z)         # an escape
    """
_IN_A_SENTENCE: Final = re.compile(_MARKUP, re.VERBOSE)
_IN_A_LINK: Final = re.compile(rf"[\[\]] | {_MARKUP}", re.VERBOSE)


def cleaned(text: str) -> str:
    """Return `text` without what cannot be kept. Lines end in a line feed."""
    return _UNKEEPABLE.sub("", _LINE_END.sub("\n", text))


def one_line(text: str) -> str:
    return " ".join(cleaned(text).split())


def can_be_seen(text: str) -> bool:
    return any(letter.isprintable() and not letter.isspace() for letter in text)


def in_markdown(words: str) -> str:
    """Escape plain words for a sentence in Markdown, so that they are drawn as they are."""
    return _IN_A_SENTENCE.sub(r"\\\g<0>", words)


def link_in_markdown(label: str, url: str) -> str:
    words = _IN_A_LINK.sub(r"\\\g<0>", label)
    target = url.replace("(", "%28").replace(")", "%29")
    return f"[{words}]({target})"
