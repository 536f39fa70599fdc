"""The `rich_text` block that Slack's own client adds to what people write."""

import re
from html import unescape

from sandbox.blocks import new_block_id
from sandbox.emoji import is_emoji
from sandbox.workspace import Json

_PARTS = re.compile(r"```\n?(.+?)\n?```", re.DOTALL)
_INLINE = re.compile(
    r"<(?P<kind>[@#!]?)(?P<name>[^|>]+)(?:\|(?P<label>[^>]*))?>"
    r"|`(?P<code>[^`\n]+)`"
    r"|:(?P<emoji>[a-z0-9_+'-]+(?:::skin-tone-\d)?):"
    r"|(?<![\w*_~])(?P<mark>[*_~])(?P<styled>(?=[^\s\u200b])"
    r"(?>(?:<[^<>\n]*>|`[^`\n]+`|(?!(?P=mark)).)+)(?<![\s\u200b]))(?P=mark)(?![\w*_~])",
)
_REST = "&gt;" * 3  # quotes this line and all that follow
_STYLES = {"*": "bold", "_": "italic", "~": "strike"}


def rich_text(text: str) -> Json:
    """Return the block for a message's text (which has Slack's tokens)."""
    elements: list[Json] = []
    for index, part in enumerate(_PARTS.split(text)):
        if index % 2:
            elements.append({"type": "rich_text_preformatted", "elements": [{"type": "text", "text": unescape(part)}]})
        elif part.strip("\n"):
            elements += _lines(part.strip("\n") if len(elements) else part)
    return {"type": "rich_text", "block_id": new_block_id(), "elements": elements}


def _lines(text: str) -> list[Json]:
    """Return sections and quotes: neighbouring lines of one kind make one element."""
    elements: list[Json] = []
    lines = text.split("\n")
    rest = next((number for number, line in enumerate(lines) if line.startswith(_REST)), len(lines))
    for number, line in enumerate(lines):
        mark = _REST if number == rest else "" if number > rest else "&gt;"
        quoted = line.startswith(mark)
        kind = "rich_text_quote" if quoted else "rich_text_section"
        content = inline(line.removeprefix(mark).lstrip() if quoted else line, {})
        if elements and elements[-1]["type"] == kind:
            elements[-1]["elements"] += [{"type": "text", "text": "\n"}, *content]
        else:
            elements.append({"type": kind, "elements": content})
    return [one for one in elements if one["elements"]]


def inline(text: str, style: dict[str, bool]) -> list[Json]:
    """Return the elements of one line."""
    elements: list[Json] = []
    position = 0
    for found in _INLINE.finditer(text):
        if found.group("emoji") and not is_emoji(found.group("emoji")):
            continue
        _add_text(elements, text[position : found.start()], style)
        elements += _element(found, style)
        position = found.end()
    _add_text(elements, text[position:], style)
    return elements


def _add_text(elements: list[Json], text: str, style: dict[str, bool]) -> None:
    if text:
        elements.append(_styled({"type": "text", "text": unescape(text)}, style))


def _styled(element: Json, style: dict[str, bool]) -> Json:
    return element | ({"style": dict(style)} if style else {})


def _element(found: re.Match[str], style: dict[str, bool]) -> list[Json]:
    if found.group("code"):
        return [_styled({"type": "text", "text": unescape(found.group("code"))}, {**style, "code": True})]
    if found.group("emoji"):
        return [_styled({"type": "emoji", "name": found.group("emoji")}, style)]
    if found.group("mark"):
        return inline(found.group("styled"), {**style, _STYLES[found.group("mark")]: True})
    return [_styled(_token(found.group("kind"), found.group("name"), found.group("label")), style)]


def _token(kind: str, name: str, label: str | None) -> Json:
    if kind == "@":
        return {"type": "user", "user_id": name}
    if kind == "#":
        return {"type": "channel", "channel_id": name}
    if kind == "!" and name.startswith("subteam^"):
        return {"type": "usergroup", "usergroup_id": name.removeprefix("subteam^")}
    if kind == "!" and name.startswith("date^"):
        _, timestamp, form, *_ = name.split("^")
        return {"type": "date", "timestamp": int(timestamp), "format": form, "fallback": unescape(label or "")}
    if kind == "!":
        return {"type": "broadcast", "range": name}
    link = {"type": "link", "url": unescape(name)}
    return link | ({"text": unescape(label)} if label else {})
