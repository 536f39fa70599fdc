"""Turn Slack's mrkdwn into Markdown, and into plain words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from incidents import emoji
from incidents.texts import in_markdown, line_in_markdown
from people.texts import cleaned
from slackbot.api.mrkdwn.notation import ADDRESS, NO_STYLE, QUOTE, STYLED, TOKEN, escape, unescape

_FENCE: Final = re.compile(r"```\n?(?P<code>.+?)\n?```\n?", re.DOTALL)
_CODE: Final = r"`(?P<code>[^`\n]+)`"
_SPECIAL: Final = re.compile(rf"{TOKEN.pattern}|{_CODE}|{STYLED}")


def to_markdown(text: str, *, names: Mapping[str, str]) -> str:
    """Return a message as Markdown that reads the same. `names` gives names by Slack id: see `mentioned`."""
    text = cleaned(text)
    blocks: list[tuple[str, str]] = []
    end = 0
    for fence in _FENCE.finditer(text):
        blocks += _lines(text[end : fence.start()].removesuffix("\n"), names)
        blocks.append(("code", f"```\n{_plain_tokens(fence['code'], names)}\n```"))
        end = fence.end()
    if end < len(text) or not blocks:
        blocks += _lines(text[end:], names)
    return _joined(blocks)


def to_plain(text: str, *, names: Mapping[str, str]) -> str:
    """Return what a message says without any markup, for titles."""
    return _inline(_FENCE.sub(r"\g<code>\n", text), names, PLAIN)


def words_to_markdown(words: str) -> str:
    """Return what somebody typed into a field without styles as Markdown that reads the same. Addresses are links."""
    return "\n".join(line_in_markdown(_with_addresses(line)) for line in cleaned(words).split("\n"))


def markdown_to_words(markdown: str) -> str | None:
    """Return the words from which `words_to_markdown` makes this Markdown; None for any that has styles or links."""
    words = _ESCAPED.sub(r"\1", _AUTOLINK.sub(r"\1", markdown)).replace("\u00a0", " ")
    return words if words_to_markdown(words) == cleaned(markdown) else None


def _with_addresses(line: str) -> str:
    notation, end = MARKDOWN, 0
    parts: list[str] = []
    for found in _ADDRESS.finditer(line):
        address = found[0].rstrip(_ENDS_A_SENTENCE)
        parts += [notation.words(line[end : found.start()]), notation.link(address, "")]
        end = found.start() + len(address)
    return "".join([*parts, notation.words(line[end:])])


def quoted(markdown: str) -> str:
    """Return lines of Markdown as a quote."""
    return "\n".join(f"> {line}" for line in markdown.split("\n"))


def _joined(blocks: list[tuple[str, str]]) -> str:
    """Put the lines one below the other, with a blank one where a quote would go on."""
    written: list[str] = []
    before = ""
    for kind, line in blocks:
        if before == "quote" and kind == "text" and line:
            written.append("")
        written.append(line)
        before = kind
    return "\n".join(written)


def _lines(text: str, names: Mapping[str, str]) -> list[tuple[str, str]]:
    lines: list[tuple[str, str]] = []
    is_rest = False
    for line in text.split("\n") if text else []:
        # Three of them quote everything that follows.
        mark = "" if is_rest else QUOTE * 3 if line.startswith(QUOTE * 3) else QUOTE
        is_rest = is_rest or mark == QUOTE * 3
        is_quote = is_rest or line.startswith(mark)
        said = line.removeprefix(mark).removeprefix(" ") if is_quote else line
        markdown = line_in_markdown(_inline(said, names, MARKDOWN))
        lines.append(("quote", f"> {markdown}") if is_quote else ("text", markdown))
    return lines


class Notation(Protocol):
    """How a part of a message is written."""

    def words(self, text: str) -> str: ...
    def code(self, text: str) -> str: ...
    def link(self, url: str, label: str) -> str: ...
    def styled(self, mark: str, inner: str) -> str: ...
    def joined(self, parts: list[tuple[str, str]]) -> str: ...


class _Plain:
    """The words alone."""

    def words(self, text: str) -> str:
        return emoji.drawn(text.replace(NO_STYLE, ""))

    def code(self, text: str) -> str:
        return text

    def link(self, url: str, label: str) -> str:
        return label or url

    def styled(self, mark: str, inner: str) -> str:
        return inner

    def joined(self, parts: list[tuple[str, str]]) -> str:
        return "".join(part for _, part in parts)


class _Markdown:
    """Markdown in which nothing but Slack's own marks has a meaning."""

    MARKS: Final = {"*": "**", "_": "_", "~": "~~"}

    def words(self, text: str) -> str:
        return in_markdown(emoji.drawn(text.replace(NO_STYLE, "")), addresses=False)

    def code(self, text: str) -> str:
        is_padded = text.strip(" ") and text[0] == text[-1] == " "
        return f"` {text} `" if is_padded else f"`{text}`"  # Markdown takes a space off each end

    def link(self, url: str, label: str) -> str:
        if not ADDRESS.match(url):
            return self.words(label or url)
        if label in ("", url) and not _CHANGED_IN_A_LINK.search(url):
            return f"<{url}>"
        return f"[{in_markdown(emoji.drawn(label) or url, addresses=False, in_a_link=True)}]({_target(url)})"

    def styled(self, mark: str, inner: str) -> str:
        return f"{self.MARKS[mark]}{inner}{self.MARKS[mark]}"

    def joined(self, parts: list[tuple[str, str]]) -> str:
        """Put the parts together, so that what stands side by side has no meaning that it had not apart.

        Beside a style, a character that Markdown takes for a letter is written by number.
        """
        last = len(parts) - 1
        written = [
            f"{part[:-1]}\\{part[-1]}" if kind == "words" and place < last and part[-1] in "]!<~" else part
            for place, (kind, part) in enumerate(parts)
        ]
        for place, (kind, _) in enumerate(parts):
            if kind == "code" and place and parts[place - 1][0] == "code":
                written[place] = f"{NO_STYLE}{written[place]}"
            if kind != "style":
                continue
            if place and (before := written[place - 1]) and _joins(before[-1], written[place]):
                escape_more = "\\" * ((len(before) - 1 - len(before[:-1].rstrip("\\"))) % 2)
                written[place - 1] = f"{before[:-1]}{escape_more}&#{ord(before[-1])};"
            if place + 1 < len(written) and (after := written[place + 1]) and _joins(after[0], written[place][::-1]):
                written[place + 1] = f"&#{ord(after[0])};{after[1:]}"
        return "".join(written)


def _joins(char: str, styled: str) -> bool:
    """Say whether a character beside a style keeps Markdown from seeing the end of the style, which comes first."""
    if char.isascii():
        return char.isalnum() and (styled[0] == "_" or not styled[2].isalnum())
    return unicodedata.category(char)[0] not in "PZ"


PLAIN: Final = _Plain()
MARKDOWN: Final = _Markdown()


def _inline(text: str, names: Mapping[str, str], notation: Notation) -> str:
    parts: list[tuple[str, str]] = []
    end = 0
    for found in _SPECIAL.finditer(text):
        parts.append(("words", notation.words(unescape(text[end : found.start()]))))
        parts.append(_part(found, names, notation))
        end = found.end()
    parts.append(("words", notation.words(unescape(text[end:]))))
    return notation.joined([(kind, part) for kind, part in parts if part])


def _part(found: re.Match[str], names: Mapping[str, str], notation: Notation) -> tuple[str, str]:
    if found["mark"]:
        return "style", notation.styled(found["mark"], _inline(found["styled"], names, notation))
    if found["code"]:
        return "code", notation.code(_plain_tokens(found["code"], names))
    return "token", _token(found, names, notation.words, notation.link)


def _plain_tokens(text: str, names: Mapping[str, str]) -> str:
    """Return what code says: its tokens as words, and nothing else read."""
    return unescape(
        TOKEN.sub(lambda match: _token(match, names, escape, lambda url, label: escape(label or url)), text)
    )


def _token(
    match: re.Match[str], names: Mapping[str, str], as_words: Callable[[str], str], as_link: Callable[[str, str], str]
) -> str:
    body, label = match["body"], unescape(match["label"] or "")
    match match["kind"]:
        case "@":
            return as_words("@" + (names.get(body) or label.removeprefix("@") or UNKNOWN_PERSON))
        case "#":
            return as_words("#" + (label.removeprefix("#") or names.get(body) or UNKNOWN_CHANNEL))
        case "!" if body.startswith("subteam^"):
            group = names.get(body.split("^")[1]) or UNKNOWN_GROUP
            return as_words(label or f"@{group}")
        case "!":
            return as_words(label or "@" + body.split("^")[0])
        case _:
            return as_link(unescape(body), label)


# What stands for a name that Slack does not tell us, as Slack does with what a reader may not see.
UNKNOWN_PERSON: Final = "someone"
UNKNOWN_CHANNEL: Final = "private-channel"
UNKNOWN_GROUP: Final = "user-group"

_ADDRESS: Final = re.compile(r"\bhttps?://[^\s<>|`]+", re.IGNORECASE)
_ESCAPED: Final = re.compile(r"\\([!-/:-@\[-`{-~])")
_AUTOLINK: Final = re.compile(r"<(https?://[^\s<>]+)>", re.IGNORECASE)
_ENDS_A_SENTENCE: Final = ".,;:!?)'\""
_CHANGED_IN_A_LINK: Final = re.compile(r"[%\\`]|xn--|[^\x21-\x7e]", re.IGNORECASE)
_NOT_IN_A_TARGET: Final = re.compile(r"[()\\`\s\"]|&(?=\#?\w+;)")


def _target(url: str) -> str:
    return _NOT_IN_A_TARGET.sub(lambda found: "&amp;" if found[0] == "&" else f"%{ord(found[0]):02X}", url)
