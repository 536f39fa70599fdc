"""Turn the words of a keyword handler into one regular expression."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import regex

from slackbot.kit.declarations import RegistrationError, place_of
from slackbot.kit.handler_types import KeywordHandler
from slackbot.kit.registry import Keyword


def keyword(words: Sequence[str], pattern: str, handler: KeywordHandler, every: timedelta) -> Keyword:
    """Return what hears these words. Raise `RegistrationError` when `pattern` is not valid or matches an empty text."""
    return Keyword("/".join(words) or pattern, handler, _pattern(words, pattern, handler), every)


def _pattern(words: Sequence[str], pattern: str, handler: KeywordHandler) -> regex.Pattern[str]:
    phrases = [r"\s+".join(regex.escape(word) for word in phrase.split()) for phrase in words if phrase.strip()]
    alternatives = [rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)"] if phrases else []
    if pattern:
        alternatives.append(f"(?:{pattern})")
    try:
        found = regex.compile("|".join(alternatives), regex.IGNORECASE) if alternatives else _nothing(handler)
    except regex.error as error:
        raise RegistrationError(
            f"The pattern {pattern!r} isn't a valid regular expression ({error}): {place_of(handler)}"
        ) from error
    if found.search(""):
        raise RegistrationError(
            f"The pattern {pattern!r} matches an empty text, so it would match every message: {place_of(handler)}"
        )
    return found


def _nothing(handler: KeywordHandler) -> regex.Pattern[str]:
    raise RegistrationError(f"A keyword handler needs words or a pattern: {place_of(handler)}")
