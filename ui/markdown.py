"""Draw people's Markdown as safe HTML: raw HTML is text, and only an allow-list of tags and addresses gets out."""

from __future__ import annotations

import re

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

TAGS = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "li"),
    *("a", "code", "del", "em", "s", "strong"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}

_SCHEME = re.compile(r"\bhttps?$", re.IGNORECASE)
_REST_OF_ADDRESS = re.compile(r"://[^\s<>\"'`]+")
_ENDS_A_SENTENCE = ".,;:!?*~"


def draw(text: str) -> SafeString:
    """Return HTML blocks."""
    return _clean(_parser.render(text))


def draw_line(text: str) -> SafeString:
    """Return HTML without blocks, for a sentence within a sentence."""
    return _clean(_parser.renderInline(text))


def _clean(html: str) -> SafeString:
    cleaned = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener nofollow ugc")
    return mark_safe(cleaned)  # noqa: S308  the allow-list is what makes it so


def _find_address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  the parser calls it so
    """Make a link of a bare address: nobody writes angle brackets at three in the morning.

    The parser comes by at the colon, when it has taken the scheme for text.
    """
    scheme = _SCHEME.search(state.pending)
    rest = _REST_OF_ADDRESS.match(state.src, state.pos)
    if scheme is None or rest is None or state.linkLevel > 0:
        return False
    address = _without_tail(scheme.group() + rest.group())
    if not silent:
        state.pending = state.pending[: scheme.start()]
        state.push("link_open", "a", 1).attrs = {"href": address}
        state.push("text", "", 0).content = address
        state.push("link_close", "a", -1)
    state.pos += len(address) - len(scheme.group())
    return True


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
    parser.inline.ruler.before("backticks", "bare_address", _find_address)
    parser.core.ruler.push("lower_headings", _lower_headings)
    return parser


_parser = _make_parser()
