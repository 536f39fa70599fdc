"""Markdown: its marks and escapes, and plain words put into it. `people.texts` has what any text needs."""

from __future__ import annotations

import re
from typing import Final

# By severity's key: what the deployment wants to see instead of the stored emoji. Filled at the start.
severity_emoji: Final[dict[str, str]] = {}

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
_ADDRESS: Final = re.compile(r"(https?)(?=://)", re.IGNORECASE)
# What makes a heading, a quote, a list, a table or a line of a line of words.
_BLOCK: Final = re.compile(r"(?:\#{1,6}|[-+])(?=[ \t]|\Z)|>|[-=:|][-=:| \t]*\Z")
_NUMBER: Final = re.compile(r"(\d{1,9})([.)])(?=[ \t]|\Z)")
_INDENT: Final = re.compile(r"\A[ \t]+")


def without_escapes(markdown: str) -> str:
    """Return Markdown without the backslashes that keep its letters from being marks."""
    return _ESCAPED.sub(r"\1", markdown)


def typed_length(markdown: str) -> int:
    """Count the characters that somebody typed: those that only keep others from being marks are not theirs."""
    return len(without_escapes(_AUTOLINK.sub(r"\1", markdown)))


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
