"""Read what somebody says to us: which commands, with which words, and what to answer when there is none."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

_SPACES: Final = re.compile(r"[\s\u00a0\u200b\u2060\ufeff]+")
_EMOJI_AT_THE_END: Final = re.compile(r":[\w+'-]+:\Z")
_LEADING: Final = " \t\u00a0\u200b\u2060\ufeff,:;\u2013-"


@dataclass(frozen=True)
class Said:
    """One thing said to us: a first word in lower case, and the rest as it was written."""

    name: str
    text: str


def split(words: str) -> Said:
    """Return the first word and the rest, whatever the spacing."""
    words = _stripped(words, _LEADING + "\r\n")
    name, _, _ = _SPACES.sub(" ", words).partition(" ")
    return Said(name.lower().rstrip(":,.!?"), _stripped(words[len(name) :], _LEADING.replace("-", "") + "\r\n"))


def _stripped(words: str, marks: str) -> str:
    """Return the words without these marks around them. The colon that ends an emoji's name stays."""
    begun = words.lstrip(marks)
    stripped = begun.rstrip(marks)
    return f"{stripped}:" if _EMOJI_AT_THE_END.search(begun[: len(stripped) + 1]) else stripped


def said_to(bot_user_id: str, text: str) -> list[str] | None:
    """Return what follows each mention of us that begins a line; None when we are only mentioned in passing.

    A command goes on over the following lines, until a line begins with the next mention.
    """
    mention = re.compile(rf"^[ \t\u00a0]*<@{re.escape(bot_user_id)}(?:\|[^>]*)?>", re.MULTILINE)
    starts = list(mention.finditer(text))
    if not starts or text[: starts[0].start()].strip():
        return None
    ends = [*(start.start() for start in starts[1:]), len(text)]
    return [text[start.end() : end].strip() for start, end in zip(starts, ends, strict=True)]


def nearest(name: str, known: Iterable[str]) -> str | None:
    """Return the known command that was probably meant."""
    found = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return found[0] if found else None
