"""Render people's Markdown as safe HTML: raw HTML is text, and only allow-listed tags and addresses are output.

However odd a text is, rendering takes time in proportion to its length. A text that would take the parser longer, or
that it can't render, is shown as plain text; a very long one is cut, with a note.

The HTML is stored beside the text: see `incidents.drawn`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from hashlib import blake2b
from importlib.metadata import version
from typing import Final

import nh3
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline

from incidents import emoji

TAGS = {
    *("p", "br", "hr", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "li"),
    *("a", "code", "del", "em", "s", "strong"),
    *("table", "thead", "tbody", "tr", "th", "td"),
}
ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}

LENGTH: Final = 10_000  # characters; a text on the web has at most 3,000, a pinned message may have more
CUT_NOTE: Final = "(The rest of this text is too long to show.)"
GROWTH: Final = 20  # the most HTML, as a multiple of the text's length: one reference can be used many times
HTML_LENGTH: Final = 60_000  # characters

# The most of each in a text that still counts as Markdown: the parser searches for a partner of each.
_IN_A_TEXT: Final = {"[": 200, "]": 400, "*": 600, "_": 600, "~": 600, "`": 600, "<": 400, "&": 1000, "\\": 2000}
QUOTES: Final = 100  # in a line
CELLS: Final = 3_000  # of a table: the parser fills up short rows with empty ones
_DEEP_LINE: Final = re.compile(r"^(?:[ \t]*(?:>|[-+*][ \t]|[0-9]{1,9}[.)][ \t])){12}", re.MULTILINE)

_SCHEME = re.compile(r"\bhttps?$", re.IGNORECASE)
_REST_OF_ADDRESS = re.compile(r"://[^\s<>\"'`]+")
_ENDS_A_SENTENCE = ".,;:!?*~"


# The renderers of the stored HTML. Raise the first number with every change of this module's output.
DRAWN_BY: Final = f"2 {version('markdown-it-py')} {version('nh3')}"
MARK: Final = 24  # characters


def kept(text: str, *, block: bool) -> str:
    """Return the HTML in its stored form, which `shown` recognizes."""
    return _mark(text, block=block) + (draw(text) if block else draw_line(text))


def shown(text: str, kept: str, *, block: bool) -> SafeString:
    """Return the stored HTML if it belongs to this text; otherwise render the text."""
    mark = _mark(text, block=block)
    if kept.startswith(mark):
        return mark_safe(kept[len(mark) :])  # noqa: S308  `kept` cleaned it
    return draw(text) if block else draw_line(text)


def is_of(text: str, kept: str, *, block: bool) -> bool:
    """Return whether the stored HTML is of this text, by this parser."""
    return kept.startswith(_mark(text, block=block)) if text else not kept


def _mark(text: str, *, block: bool) -> str:
    said = f"{DRAWN_BY} {block} {text}".encode(errors="replace")
    return blake2b(said, digest_size=MARK // 2).hexdigest()


def draw(text: str) -> SafeString:
    """Return HTML blocks."""
    return _drawn(text, _parser.render)


def draw_line(text: str) -> SafeString:
    """Return HTML without blocks, for use inside a sentence."""
    return _drawn(text, _parser.renderInline, block="")


def _drawn(text: str, render: Callable[[str], str], *, block: str = "p") -> SafeString:
    shown = text[:LENGTH]
    note = f"\n<p><em>{CUT_NOTE}</em></p>" if len(text) > LENGTH and block else f" {CUT_NOTE}" * (len(text) > LENGTH)
    if is_ordinary(shown):
        try:
            html = render(shown)
        except Exception:  # noqa: BLE001  no text may take the page with it on which it stands
            html = ""
        if html and len(html) <= min(GROWTH * len(shown) + 1000, HTML_LENGTH):
            return _clean(html + note)
    plain = escape(shown).replace("\n", "<br>\n")
    return _clean((f"<p>{plain}</p>" if block else plain) + note)


def is_ordinary(text: str) -> bool:
    """Return whether the text is plausible Markdown that the parser renders fast."""
    if any(text.count(mark) > limit for mark, limit in _IN_A_TEXT.items()) or _DEEP_LINE.search(text):
        return False
    lines = text.split("\n")
    return max(line.count("|") for line in lines) * len(lines) <= CELLS and all(
        line.count(">") <= QUOTES for line in lines
    )


def _clean(html: str) -> SafeString:
    cleaned = nh3.clean(html, tags=TAGS, attributes=ATTRIBUTES, url_schemes=SCHEMES, link_rel="noopener nofollow ugc")
    return mark_safe(cleaned)  # noqa: S308  the allow-list is what makes it so


def _find_address(state: StateInline, silent: bool) -> bool:  # noqa: FBT001  the parser calls it so
    """Turn a bare address into a link: nobody writes angle brackets at three in the morning.

    The parser calls this at the colon, after it has read the scheme as text.
    """
    before = len(state.pending) - len("_https")
    scheme = _SCHEME.search(state.pending[max(before, 0) :])
    if scheme is None or state.linkLevel > 0:
        return False
    rest = _REST_OF_ADDRESS.match(state.src, state.pos)
    if rest is None:
        return False
    address = _without_tail(scheme.group() + rest.group())
    if not silent:
        state.pending = state.pending[: -len(scheme.group())]
        state.push("link_open", "a", 1).attrs = {"href": address}
        state.push("text", "", 0).content = address
        state.push("link_close", "a", -1)
    state.pos += len(address) - len(scheme.group())
    return True


def _without_tail(address: str) -> str:
    """Return the address without a full stop or a closing bracket that belongs to the sentence."""
    surplus = address.count(")") - address.count("(")
    end = len(address)
    while end and (address[end - 1] in _ENDS_A_SENTENCE or (address[end - 1] == ")" and surplus > 0)):
        end -= 1
        surplus -= address[end] == ")"
    return address[:end]


def _lower_headings(state: StateCore) -> None:
    """Lower headings below the page's two levels, skipping none, because screen reader users would miss it."""
    level = 2
    for token in state.tokens:
        if token.type == "heading_open":
            level = min(int(token.tag[1]) + 2, level + 1, 6)
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{level}"


def _draw_emoji(state: StateCore) -> None:
    """Render `:tada:` as Slack does: in text, but not in code or in an address."""
    for token in state.tokens:
        for child in token.children or []:
            if child.type == "text" and "://" not in child.content:
                child.content = emoji.drawn(child.content)


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"])
    parser.disable("image")
    parser.inline.ruler.before("backticks", "bare_address", _find_address)
    parser.core.ruler.push("lower_headings", _lower_headings)
    parser.core.ruler.push("draw_emoji", _draw_emoji)
    return parser


_parser = _make_parser()
