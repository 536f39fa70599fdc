"""Draw people's Markdown as safe HTML: raw HTML is text, and only an allow-list of tags and addresses gets out."""

from __future__ import annotations

import re

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

TAGS = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "li"),
    *("a", "code", "del", "em", "s", "strong"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}

_ADDRESS = re.compile(r"https?://[^\s<>\"'`]+")
_ENDS_A_SENTENCE = ".,;:!?*_~"


def draw(text: str) -> SafeString:
    """Return HTML blocks."""
    return _clean(_parser.render(text))


def draw_line(text: str) -> SafeString:
    """Return HTML without blocks, for a sentence within a sentence."""
    return _clean(_parser.renderInline(text))


def _clean(html: str) -> SafeString:
    cleaned = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener nofollow ugc")
    return mark_safe(cleaned)  # noqa: S308  the allow-list is what makes it so


def _find_addresses(state: StateCore) -> None:
    """Make links of bare addresses: nobody writes angle brackets at three in the morning."""
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = _with_links(block.children)


def _with_links(tokens: list[Token]) -> list[Token]:
    linked: list[Token] = []
    depth = 0
    for token in tokens:
        depth += (token.type == "link_open") - (token.type == "link_close")
        linked += [token] if depth or token.type != "text" else _split(token)
    return linked


def _split(token: Token) -> list[Token]:
    parts: list[Token] = []
    end = 0
    for found in _ADDRESS.finditer(token.content):
        address = _without_tail(found.group())
        if found.start() > end:
            parts.append(Token("text", "", 0, content=token.content[end : found.start()]))
        parts.append(Token("link_open", "a", 1, attrs={"href": address}))
        parts.append(Token("text", "", 0, content=address))
        parts.append(Token("link_close", "a", -1))
        end = found.start() + len(address)
    return [*parts, Token("text", "", 0, content=token.content[end:])] if parts else [token]


def _without_tail(address: str) -> str:
    """Give the sentence its full stop and its closing bracket back."""
    address = address.rstrip(_ENDS_A_SENTENCE)
    if address.endswith(")") and address.count(")") > address.count("("):
        return _without_tail(address[:-1])
    return address


def _lower_headings(state: StateCore) -> None:
    """The page has its own first and second level."""
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.disable("image")
    parser.core.ruler.push("bare_addresses", _find_addresses)
    parser.core.ruler.push("lower_headings", _lower_headings)
    return parser


_parser = _make_parser()
