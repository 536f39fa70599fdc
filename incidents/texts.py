"""What people write and paste, made safe to keep and to show."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

# By severity's key: what the deployment wants to see instead of the stored emoji. Filled at the start.
severity_emoji: Final[dict[str, str]] = {}

_LINE_END: Final = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# PostgreSQL refuses NUL, no encoding knows half of a surrogate pair, and terminals obey the other control characters.
_UNKEEPABLE: Final = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff]")

# Only where it would mean something: ordinary words stay readable for whoever shows them without drawing them.
_MARKUP: Final = r"""
    [`*]                               # code, emphasis
    | (?<![^\W_])_ | _(?![^\W_])       # emphasis; not in the middle of a_name
    | \](?=[(\[:])                     # the end of a link's words
    | <(?=[A-Za-z/!?])                 # a tag, an address
    | ~(?=~)                           # struck out
    | &(?=\#?\w+;)                     # a character by its name
    | \\(?=[!-/:-@\[-`{-~]|\Z)         # an escape
    """
_IN_A_SENTENCE: Final = re.compile(_MARKUP, re.VERBOSE)
_IN_A_LINK: Final = re.compile(rf"[\[\]] | {_MARKUP}", re.VERBOSE)
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_AUTOLINK: Final = re.compile(r"<(https?://[^\s<>]+)>", re.IGNORECASE)
_DIRECTIONS: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ADDRESS: Final = re.compile(r"(https?)(?=://)", re.IGNORECASE)
# What makes a heading, a quote, a list, a table or a line of a line of words.
_BLOCK: Final = re.compile(r"(?:\#{1,6}|[-+])(?=[ \t]|\Z)|>|[-=:|][-=:| \t]*\Z")
_NUMBER: Final = re.compile(r"(\d{1,9})([.)])(?=[ \t]|\Z)")
_INDENT: Final = re.compile(r"\A[ \t]+")


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

    Databases do not agree about these, so what is searched is kept so, beside the text: see `incidents.drawn.Folded`.
    """
    parts = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text).casefold())
    return "".join(char for char in parts if unicodedata.category(char) not in ("Mn", "Cf")).casefold()


def one_line(text: str) -> str:
    return " ".join(cleaned(text).split())


def without_escapes(markdown: str) -> str:
    """Return Markdown without the backslashes that keep its letters from being marks."""
    return _ESCAPED.sub(r"\1", markdown)


def typed_length(markdown: str) -> int:
    """Count the characters that somebody typed: those that only keep others from being marks are not theirs."""
    return len(without_escapes(_AUTOLINK.sub(r"\1", markdown)))


def can_be_seen(text: str) -> bool:
    return any(letter.isprintable() and not letter.isspace() for letter in text)


def in_markdown(words: str, *, addresses: bool = True, in_a_link: bool = False) -> str:
    """Escape plain words for a sentence in Markdown, so that they are drawn as they are.

    Without `addresses`, one that stands in them is words too, and no link.
    """
    escaped = (_IN_A_LINK if in_a_link else _IN_A_SENTENCE).sub(r"\\\g<0>", words)
    return escaped if addresses else _ADDRESS.sub(r"\1\\", escaped)


def line_in_markdown(line: str) -> str:
    """Let a line of Markdown be words: no heading, item, quote, table or indented code. Its styles stay."""
    line = _INDENT.sub(lambda found: "\u00a0" * len(found[0].expandtabs(4)), line)
    if _BLOCK.match(line):
        return f"\\{line}"
    return _NUMBER.sub(r"\1\\\2", line, count=1) if _NUMBER.match(line) else line


def link_in_markdown(label: str, url: str) -> str:
    target = url.replace("(", "%28").replace(")", "%29")
    return f"[{in_markdown(label, in_a_link=True)}]({target})"
