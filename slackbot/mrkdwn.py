"""Slack's mrkdwn to the domain's Markdown, and back.

Slack escapes only & < > and wraps everything special in <…>: https://docs.slack.dev/messaging/formatting-message-text
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Mapping
from typing import Final

from markdown_it import MarkdownIt
from markdown_it.token import Token

TOKEN: Final = re.compile(r"<(?P<kind>[@#!]?)(?P<body>[^<>|]+)(?:\|(?P<label>[^<>]*))?>")
CODE: Final = re.compile(r"```.+?```|`[^`\n]+`", re.DOTALL)
STYLES: Final = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])"), r"**\1**"),
    (re.compile(r"(?<![\w~])~(?=\S)([^~\n]+?)(?<=\S)~(?![\w~])"), r"~~\1~~"),
)


def escape(text: str) -> str:
    """Make plain text safe to send: it can mention nobody and link nowhere."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def mentioned_users(text: str) -> list[str]:
    """Return the Slack ids of the people a message mentions, in order."""
    return [match["body"] for match in TOKEN.finditer(text) if match["kind"] == "@"]


def mentioned_channels(text: str) -> list[str]:
    return [match["body"] for match in TOKEN.finditer(text) if match["kind"] == "#"]


def mentioned_groups(text: str) -> list[str]:
    """Return the ids of the user groups a message mentions."""
    return [match["body"].split("^")[1] for match in TOKEN.finditer(text) if match["body"].startswith("subteam^")]


def link(url: str, label: str) -> str:
    return f"<{url}|{escape(label).replace('|', '¦')}>"


def to_markdown(text: str, *, names: Mapping[str, str]) -> str:
    """Return what a message says as Markdown. `names` gives people's names by Slack id."""
    parts = []
    end = 0
    for code in CODE.finditer(text):
        parts += [_prose_to_markdown(text[end : code.start()], names), html.unescape(_plain(code[0], names))]
        end = code.end()
    return "".join([*parts, _prose_to_markdown(text[end:], names)])


def to_plain(text: str, *, names: Mapping[str, str]) -> str:
    """Return what a message says without any markup, for titles."""
    for pattern, _ in STYLES:
        text = pattern.sub(r"\1", text)
    return html.unescape(_plain(text, names))


def _prose_to_markdown(text: str, names: Mapping[str, str]) -> str:
    for pattern, replacement in STYLES:
        text = pattern.sub(replacement, text)
    return html.unescape(TOKEN.sub(lambda match: _token(match, names, _markdown_link), text))


def _plain(text: str, names: Mapping[str, str]) -> str:
    return TOKEN.sub(lambda match: _token(match, names, lambda url, label: label or url), text)


def _token(match: re.Match[str], names: Mapping[str, str], as_link: Callable[[str, str], str]) -> str:
    body, label = match["body"], match["label"] or ""
    match match["kind"]:
        case "@":
            return "@" + (names.get(body) or label or body)
        case "#":
            return "#" + (label or body)
        case "!":
            return label or "@" + body.split("^")[0]
        case _:
            return as_link(body, label)


def _markdown_link(url: str, label: str) -> str:
    return f"[{label}]({url})" if label and label != url else f"<{url}>"


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
                words = _inline(token.children or [])
                self._write(f"*{words}*" if self.bold else words)
            case "fence" | "code_block":
                self._write(f"```\n{escape(token.content.rstrip())}\n```")
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
            self.lines.append(f"{quote}{self.marker}{line}".rstrip())
            self.marker = " " * len(self.marker)
        self.marker = ""


def _inline(tokens: list[Token]) -> str:
    parts: list[str] = []
    href = ""
    for token in tokens:
        match token.type:
            case "text":
                parts.append(escape(token.content).replace("|", "¦") if href else escape(token.content))
            case "code_inline":
                parts.append(f"`{escape(token.content)}`")
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
                parts.append(_MARKS[kind])
    return "".join(parts)
