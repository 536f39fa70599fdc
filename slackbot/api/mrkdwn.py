"""Slack's mrkdwn to the domain's Markdown, and back, so that a text reads the same in both.

Slack escapes only & < > and wraps everything special in <…>: https://docs.slack.dev/messaging/formatting-message-text
A mark is a style only where Slack reads it as one. Everything else is words, whatever it would mean in the other
notation: `__init__.py`, `# of errors`, `\\\\server\\*share`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from markdown_it import MarkdownIt
from markdown_it.token import Token

from incidents import emoji
from incidents.markdown import is_ordinary
from incidents.texts import cleaned, in_markdown, line_in_markdown

TOKEN: Final = re.compile(r"<(?P<kind>[@#!]?)(?P<body>[^<>|]+)(?:\|(?P<label>[^<>]*))?>")
# Slack takes it for a space where it looks for the ends of a style, and shows nothing.
NO_STYLE: Final = "\u200b"
_FENCE: Final = re.compile(r"```\n?(?P<code>.+?)\n?```\n?", re.DOTALL)
_CODE: Final = r"`(?P<code>[^`\n]+)`"
# Each alternative is tried once: none goes back, so it takes time in proportion to the text.
_STYLED: Final = (
    r"(?<![\w*_~])(?P<mark>[*_~])(?P<styled>(?=[^\s\u200b])"
    r"(?>(?:<[^<>\n]*>|`[^`\n]+`|(?!(?P=mark))[^\n])+)(?<![\s\u200b]))(?P=mark)(?![\w*_~])"
)
_SPECIAL: Final = re.compile(rf"{TOKEN.pattern}|{_CODE}|{_STYLED}")
_IS_STYLED: Final = re.compile(_STYLED)
_ENTITY: Final = re.compile(r"&(amp|lt|gt);")
_ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">"}
_QUOTE: Final = "&gt;"


def escape(text: str) -> str:
    """Make plain text safe to send: it can mention nobody and link nowhere."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return _ENTITY.sub(lambda found: _ENTITIES[found[1]], text)


def literal(words: str) -> str:
    """Make plain words safe to send, and shown as they are: a pair of marks in them is no style."""
    words = words.replace("`", BACKTICK) if words.count("`") > 1 else words
    return "\n".join(_not_a_quote(_without_styles(escape(line))) for line in words.split("\n"))


def mentioned_users(text: str) -> list[str]:
    """Return the Slack ids of the people a message mentions, in order."""
    return [match["body"] for match in TOKEN.finditer(text) if match["kind"] == "@"]


def mentioned_channels(text: str) -> list[str]:
    return [match["body"] for match in TOKEN.finditer(text) if match["kind"] == "#"]


def mentioned_groups(text: str) -> list[str]:
    """Return the ids of the user groups a message mentions."""
    return [match["body"].split("^")[1] for match in TOKEN.finditer(text) if match["body"].startswith("subteam^")]


def mentioned(text: str) -> list[str]:
    """Return the ids of everything that a message names: people, channels, user groups."""
    return [*mentioned_users(text), *mentioned_channels(text), *mentioned_groups(text)]


def link(url: str, label: str) -> str:
    return f"<{url}|{literal(label).replace('|', '¦')}>"


# Mrkdwn to Markdown, and to plain words -------------------------------------------------------------------------------


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
        mark = "" if is_rest else _QUOTE * 3 if line.startswith(_QUOTE * 3) else _QUOTE
        is_rest = is_rest or mark == _QUOTE * 3
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


# Markdown to mrkdwn ---------------------------------------------------------------------------------------------------

ADDRESS: Final = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
_MARKS: Final = {
    "strong_open": "*",
    "strong_close": "*",
    "em_open": "_",
    "em_close": "_",
    "s_open": "~",
    "s_close": "~",
}
_markdown: Final = MarkdownIt("commonmark", {"html": False}).enable("strikethrough")


def from_markdown(text: str) -> str:
    """Return Markdown as Slack's mrkdwn. Headings become bold lines, lists keep their marks, images their words."""
    if not is_ordinary(text):
        return literal(text)
    writer = _Writer()
    for token in _markdown.parse(text):
        writer.take(token)
    return "\n".join(writer.lines).strip("\n")


class _Writer:
    def __init__(self) -> None:
        self.lines: list[str] = []
        self.quotes = 0
        self.numbers: list[int | None] = []  # one per open list: the next number, None for bullets
        self.marker = ""
        self.bold = False

    def take(self, token: Token) -> None:
        match token.type:
            case "heading_open":
                self.bold = True
            case "heading_close" | "paragraph_close":
                self.bold = False
                if not token.hidden and not self.numbers:
                    self._write("")
            case "blockquote_open":
                self.quotes += 1
            case "blockquote_close":
                self.quotes -= 1
                if self.lines and self.lines[-1] == ">":
                    self.lines[-1] = ""
            case "bullet_list_open":
                self.numbers.append(None)
            case "ordered_list_open":
                self.numbers.append(int(token.attrs.get("start", 1)))
            case "bullet_list_close" | "ordered_list_close":
                self.numbers.pop()
                if not self.numbers:
                    self._write("")
            case "list_item_open":
                self.marker = self._next_marker()
            case "inline":
                words = _inline_mrkdwn(token.children or [])
                self._write(f"*{words}*" if self.bold else words)
            case "fence" | "code_block":
                self._write(f"```\n{escape(token.content.rstrip()).replace('```', NO_FENCE)}\n```")
            case "hr":
                self._write("———")

    def _next_marker(self) -> str:
        indent = "    " * (len(self.numbers) - 1)
        number = self.numbers[-1]
        if number is None:
            return f"{indent}• "
        self.numbers[-1] = number + 1
        return f"{indent}{number}. "

    def _write(self, text: str) -> None:
        quote = "> " * min(self.quotes, 1)
        for line in text.split("\n"):
            shown = line if quote or self.marker else _not_a_quote(line)
            self.lines.append(f"{quote}{self.marker}{shown}".rstrip())
            self.marker = " " * len(self.marker)
        self.marker = ""


BACKTICK: Final = "\u02cb"  # looks like one, and begins no code
NO_FENCE: Final = BACKTICK * 3


def _inline_mrkdwn(tokens: list[Token]) -> str:
    has_styles = any(token.type in _MARKS for token in tokens)
    has_code = any(token.type == "code_inline" for token in tokens)
    backticks = sum(token.content.count("`") for token in tokens if token.type == "text")
    parts: list[str] = []
    href = ""
    for place, token in enumerate(tokens):
        match token.type:
            case "text":
                words = escape(token.content)
                words = words.replace("`", BACKTICK) if has_code or backticks > 1 else words
                is_first = place > 0 and tokens[place - 1].type in _MARKS and tokens[place - 1].nesting > 0
                is_last = place + 1 < len(tokens) and tokens[place + 1].type in _MARKS and tokens[place + 1].nesting < 0
                inside = (is_first, is_last)
                words = _without_marks(words, inside=inside) if has_styles else _without_styles(words)
                parts.append(words.replace("|", "¦") if href else words)
            case "code_inline":
                parts.append(f"`{escape(token.content.replace('`', BACKTICK))}`")
            case "softbreak" | "hardbreak":
                parts.append("\n")
            case "link_open":
                href = str(token.attrs["href"])
                href = href if ADDRESS.match(href) else ""  # <!channel|…> and <@…|…> would call people
                parts.append(f"<{href}|" if href else "")
            case "link_close":
                parts.append(">" if href else "")
                href = ""
            case "image":
                parts.append(escape(token.content))
            case kind if kind in _MARKS:
                parts.append(_beside_words(_MARKS[kind], tokens, place, is_open=token.nesting > 0))
    return "".join(parts)


def _beside_words(mark: str, tokens: list[Token], place: int, *, is_open: bool) -> str:
    """Return the mark, apart from a letter on its outer side: in the middle of a word Slack sees no style."""
    outer = tokens[place - 1 if is_open else place + 1 : place if is_open else place + 2]
    words = outer[0].content if outer and outer[0].type == "text" else ""
    letter = words[-1:] if is_open else words[:1]
    if not letter or letter.isspace() or not (letter.isalnum() or letter in "_*~`"):
        return mark
    return NO_STYLE + mark if is_open else mark + NO_STYLE


def _without_styles(line: str) -> str:
    """Let no pair of marks in a line be a style."""
    return _IS_STYLED.sub(lambda found: f"{found['mark']}{NO_STYLE}{_without_styles(found[0][1:])}", line)


def _without_marks(words: str, *, inside: tuple[bool, bool]) -> str:
    """Let no mark be an end of a style whose other end is beside these words.

    `inside` says whether a style begins right before them, and ends right after: its marks must stay beside them.
    """
    return _RUN.sub(lambda run: _without_ends(run, inside=inside), words)


def _without_ends(run: re.Match[str], *, inside: tuple[bool, bool]) -> str:
    marks, words = run[0], run.string
    if len(marks) > 1 and len(set(marks)) == 1:
        return marks  # `__init__`: several of a kind are no end
    before, after = words[max(run.start() - 1, 0) : run.start()], words[run.end() : run.end() + 1]
    if (before.isalnum() or after.isspace()) and (after.isalnum() or before.isspace()):
        return marks
    start = NO_STYLE if before or not inside[0] else ""
    end = NO_STYLE if after or not inside[1] else ""
    return f"{start}{NO_STYLE.join(marks)}{end}"


def _not_a_quote(line: str) -> str:
    return f"{NO_STYLE}{line}" if line.startswith(_QUOTE) else line


_RUN: Final = re.compile(r"[*_~]+")
