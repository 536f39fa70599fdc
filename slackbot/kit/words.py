"""What Response says in Slack, by key, so that a deployment or a plugin can have it said otherwise.

A sentence is declared where it is said, with its default. The deployment's file (RESPONSE_TEXTS) comes first, then what
plugins say, then the default. Facts are put in by name, and escaped unless they are `Mrkdwn` already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from string import Formatter
from typing import Any, Final

from django.conf import settings
from django.core.checks import CheckMessage, Error

from incidents import texts as domain
from slackbot.api import limits
from slackbot.api.mrkdwn import BACKTICK, escape, literal
from slackbot.kit.declarations import ID, TEXT, TEXTS, WHOLE, Expected, RegistrationError, caller_of, check
from slackbot.kit.registry import registry

SEVERITIES: Final = "emoji.severity."  # any severity's key may follow: companies have their own
TEXTS_BY_KEY: Final = Expected(
    "texts by key", lambda value: isinstance(value, Mapping) and all(isinstance(key, str) for key in value)
)
HINT: Final = "`manage.py texts` prints every key with its current text and its placeholders."


class Mrkdwn(str):
    """Mrkdwn that is safe to send as it is: a mention, a link, what `from_markdown` returned."""

    __slots__ = ()


@dataclass(frozen=True)
class Sentence:
    """Something we say. `needs` must stand in it; `limit` is the most characters that Slack takes there."""

    key: str
    default: str
    needs: frozenset[str] = frozenset()
    limit: int = 0

    def __call__(self, **facts: object) -> str:
        """Return it as mrkdwn."""
        in_code = {name for code in _CODE.findall(self.template) for name in _PLACEHOLDER.findall(code)}
        return self._with({name: _safe(fact, in_code=name in in_code) for name, fact in facts.items()})

    def plain(self, **facts: object) -> str:
        """Return it for a button, a title, a field's label: Slack shows these as they are."""
        return self._with(facts)

    @property
    def template(self) -> str:
        wanted = _of_deployment(self.key)
        return _of_plugins.get(self.key, (self.default, ""))[0] if wanted is None else wanted

    @property
    def facts(self) -> list[str]:
        """What may stand in braces, in order."""
        return list(dict.fromkeys(_placeholders(self.default)))

    def _with(self, facts: Mapping[str, object]) -> str:
        text = self.template.format(**facts)
        return limits.cut(text, self.limit) if self.limit else text


_CODE: Final = re.compile(r"`[^`\n]*`")
_PLACEHOLDER: Final = re.compile(r"\{(\w+)\}")

sentences: Final[dict[str, Sentence]] = {}
_of_plugins: Final[dict[str, tuple[str, str]]] = {}  # text and place, by key


def sentence(key: str, default: str, *, needs: frozenset[str] = frozenset(), limit: int = 0) -> Sentence:
    """Declare something that is said. Call it with its facts; a deployment may have it said otherwise."""
    place = caller_of()
    check("sentence()", "key", key, ID, place=place)
    check("sentence()", "default", default, TEXT, place=place)
    check("sentence()", "needs", needs, TEXTS, place=place)
    check("sentence()", "limit", limit, WHOLE, place=place)
    if key in sentences:
        raise RegistrationError(f"The text {key!r} is declared twice. {place}")
    sentences[key] = Sentence(key, default, needs, limit)
    return sentences[key]


def texts(said: Mapping[str, str]) -> None:
    """Have these said otherwise, by key, from a plugin. A wrong key or fact stops the start."""
    place = caller_of()
    check("texts()", "its argument", said, TEXTS_BY_KEY, place=place)
    for key, text in said.items():
        if key in _of_plugins:
            raise RegistrationError(f"The text {key!r} is changed twice:\n  {_of_plugins[key][1]}\n  {place}")
        _of_plugins[key] = (text, place)


def forget_plugins_texts() -> None:
    """For tests that register as a plugin does."""
    _of_plugins.clear()


# Looks that are no sentences ------------------------------------------------------------------------------------------

HEADLINE_LINES: Final = sentence("headline.lines", "")
TIMELINE_EMOJI: Final = sentence("emoji.timeline", "pushpin")


def headline_order() -> list[str] | None:
    """Return the names of the headline's lines in the order wanted; None for all of them in their own order."""
    return HEADLINE_LINES.template.split() or None


def timeline_emoji() -> str:
    return str(settings.TIMELINE_EMOJI or TIMELINE_EMOJI.template).strip(":")


def dress_severities() -> None:
    """Let severities wear the emoji that plugins and the deployment chose, on every door."""
    wanted = {key: text for key, (text, _) in _of_plugins.items()} | dict(_leaves(settings.RESPONSE_TEXTS))
    chosen = {key.removeprefix(SEVERITIES): emoji for key, emoji in wanted.items() if key.startswith(SEVERITIES)}
    domain.severity_emoji.clear()
    domain.severity_emoji.update(chosen)


# Checking -------------------------------------------------------------------------------------------------------------


def check_plugins() -> None:
    """Raise `RegistrationError` for what plugins want said and cannot be."""
    for key, (text, place) in _of_plugins.items():
        for complaint in complaints(key, text):
            raise RegistrationError(f"{complaint} ({place})")


def check_deployment(**_kwargs: Any) -> list[CheckMessage]:
    """Name what stands wrongly in the file of RESPONSE_TEXTS: a system check."""
    wrong = [
        Error(f"RESPONSE_TEXTS: {complaint}", hint=HINT, id="slackbot.E040")
        for key, text in _leaves(settings.RESPONSE_TEXTS)
        for complaint in complaints(key, text)
    ]
    names = complaints("channel.name", settings.COMMS_CHANNEL_NAME) if settings.COMMS_CHANNEL_NAME else ()
    return [*wrong, *(Error(f"COMMS_CHANNEL_NAME: {each}", hint=HINT, id="slackbot.E041") for each in names)]


def complaints(key: str, text: object) -> Iterator[str]:
    """Yield what is wrong with saying `text` under `key`, as sentences."""
    if not isinstance(text, str):
        yield f"{key} must be a text, not {text!r}."
        return
    if key.startswith(SEVERITIES):
        return
    known = sentences.get(key)
    if known is None:
        meant = get_close_matches(key, sentences, n=1)
        yield f"{key!r} isn't the key of a text." + (f" Did you mean {meant[0]!r}?" if meant else "")
        return
    if not text.strip() and not key.startswith("emoji."):
        yield f"{key} is empty. Remove it to use the default text."
        return
    if known is HEADLINE_LINES:
        yield from _wrong_lines(text)
        return
    try:
        names = list(_placeholders(text))
    except ValueError as error:
        yield f"{key} can't be read ({error}). To show a brace, write it twice: {{{{ or }}}}."
        return
    for name in dict.fromkeys(names):
        if name not in known.facts:
            allowed = ", ".join(f"{{{fact}}}" for fact in known.facts) or "none"
            yield f"{key} contains {{{name}}}; the allowed placeholders are: {allowed}."
    for name in sorted(known.needs - set(names)):
        yield f"{key} must contain {{{name}}}."
    if known.limit and limits.utf16_length(text) > known.limit and not names:
        yield f"{key} has {limits.utf16_length(text)} characters; Slack accepts at most {known.limit}."


def _wrong_lines(text: str) -> Iterator[str]:
    for name in text.split():
        if name not in registry.headline_lines:
            known = ", ".join(sorted(registry.headline_lines))
            yield f"headline.lines: the headline has no line {name!r}. The lines are: {known}."


def _placeholders(text: str) -> Iterator[str]:
    for _literal, name, form, conversion in Formatter().parse(text):
        if name is None:
            continue
        if form or conversion or not name.isidentifier():
            raise ValueError(f"{{{name}}} isn't a plain name")
        yield name


def _leaves(table: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in table.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{name}.")
        elif f"{prefix}{name}" == "headline.lines" and isinstance(value, list):
            yield "headline.lines", " ".join(map(str, value))
        else:
            yield f"{prefix}{name}", value


def _of_deployment(key: str) -> str | None:
    table: Any = settings.RESPONSE_TEXTS
    for part in key.split("."):
        table = table.get(part) if isinstance(table, Mapping) else None
    return " ".join(map(str, table)) if isinstance(table, list) else table


def _safe(fact: object, *, in_code: bool) -> str:
    if isinstance(fact, Mrkdwn):
        return fact
    return escape(str(fact)).replace("`", BACKTICK) if in_code else literal(str(fact))
