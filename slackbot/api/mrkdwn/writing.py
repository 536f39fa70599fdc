"""Turn Markdown into Slack's mrkdwn."""

from __future__ import annotations

import re
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

from incidents.markdown import is_ordinary
from slackbot.api.mrkdwn.notation import ADDRESS, BACKTICK, NO_STYLE, escape, literal, not_a_quote, without_styles

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
            shown = line if quote or self.marker else not_a_quote(line)
            self.lines.append(f"{quote}{self.marker}{shown}".rstrip())
            self.marker = " " * len(self.marker)
        self.marker = ""


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
                words = _without_marks(words, inside=inside) if has_styles else without_styles(words)
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


_RUN: Final = re.compile(r"[*_~]+")
