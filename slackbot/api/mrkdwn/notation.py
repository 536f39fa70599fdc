"""Define Slack's notation: what is escaped, what is a token, and what is a style."""

from __future__ import annotations

import re
from typing import Final

TOKEN: Final = re.compile(r"<(?P<kind>[@#!]?)(?P<body>[^<>|]+)(?:\|(?P<label>[^<>]*))?>")
# Slack takes it for a space where it looks for the ends of a style, and shows nothing.
NO_STYLE: Final = "\u200b"
BACKTICK: Final = "\u02cb"  # looks like one, and begins no code
ADDRESS: Final = re.compile(r"(?:https?|mailto):", re.IGNORECASE)
# Each alternative is tried once: none goes back, so it takes time in proportion to the text.
STYLED: Final = (
    r"(?<![\w*_~])(?P<mark>[*_~])(?P<styled>(?=[^\s\u200b])"
    r"(?>(?:<[^<>\n]*>|`[^`\n]+`|(?!(?P=mark))[^\n])+)(?<![\s\u200b]))(?P=mark)(?![\w*_~])"
)
_IS_STYLED: Final = re.compile(STYLED)
_ENTITY: Final = re.compile(r"&(amp|lt|gt);")
_ENTITIES: Final = {"amp": "&", "lt": "<", "gt": ">"}
QUOTE: Final = "&gt;"


def escape(text: str) -> str:
    """Make plain text safe to send: it can mention nobody and link nowhere."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def unescape(text: str) -> str:
    return _ENTITY.sub(lambda found: _ENTITIES[found[1]], text)


def literal(words: str) -> str:
    """Make plain words safe to send, and shown as they are: a pair of marks in them is no style."""
    words = words.replace("`", BACKTICK) if words.count("`") > 1 else words
    return "\n".join(not_a_quote(without_styles(escape(line))) for line in words.split("\n"))


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


def without_styles(line: str) -> str:
    """Let no pair of marks in a line be a style."""
    return _IS_STYLED.sub(lambda found: f"{found['mark']}{NO_STYLE}{without_styles(found[0][1:])}", line)


def not_a_quote(line: str) -> str:
    return f"{NO_STYLE}{line}" if line.startswith(QUOTE) else line
