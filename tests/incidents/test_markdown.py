"""Drawing a text takes time in proportion to its length, whatever the text is, and always gives a page."""

from __future__ import annotations

import time
from collections.abc import Callable
from hashlib import sha256
from math import isqrt
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from incidents import markdown
from incidents.texts import in_markdown, link_in_markdown
from slackbot.api.mrkdwn import from_markdown, to_markdown, to_plain
from tests.hurry import tries

MARKS: Final = (
    "[",
    "]",
    "(",
    ")",
    "![",
    "[](",
    "[a](",
    "[a](<",
    "[a][",
    "[a]: b\n",
    "*",
    "**",
    "_",
    "*a_ ",
    "**a *",
    "~~",
)
MORE: Final = (
    "`",
    "` ",
    "<",
    "<a",
    "<http:",
    "<!--",
    "<?",
    "&",
    "&#",
    "&a;",
    "\\",
    "\\[",
    "|",
    "|-",
    "a|b\n-|-\n",
    "> ",
    ">",
    ">\n",
)
LISTS: Final = (
    "- ",
    "* ",
    "1. ",
    "- a\n",
    "  - a\n",
    "#",
    "# ",
    "=",
    "-\n",
    "    a\n",
    "```\n",
    "\t",
    " ",
    "\n",
    "a\n",
    "a \n",
    "://",
)
ADDRESSES: Final = (
    "http://a",
    "http://a)",
    "http:",
    "https://a(",
    "x http://a.,;:!?",
    "<@U1|",
    "<https://a|",
    "*a",
    "~a",
    "a@b.",
    "é",
    "\u2028",
)
FAMILIES: Final = (*MARKS, *MORE, *LISTS, *ADDRESSES)
FRAMES: Final[dict[str, Callable[[str, int], str]]] = {
    "alone": lambda mark, n: (mark * n)[:n],
    "after an address": lambda mark, n: "http://a" + (mark * n)[:n],
    "closed": lambda mark, n: (mark * n)[: n // 2] + "](a)" * (n // 8),
    "spread": lambda mark, n: (f"{mark}x " * n)[:n],
    "in lines": lambda mark, n: ((mark * 30 + "\n") * n)[:n],
    "growing backticks": lambda mark, n: "".join(f"{mark}{'`' * k}a" for k in range(isqrt(2 * n) + 1))[:n],
    "a table": lambda mark, n: ("|" * 30 + "\n" + "|-" * 29 + "|\n" + f"{mark}\n" * n)[:n],
    "used often": lambda mark, n: ("[a]: http://" + mark.strip() * (n // 2) + "\n\n" + "[a] " * n)[:n],
}
READERS: Final[dict[str, Callable[[str], object]]] = {
    "draw": markdown.draw,
    "draw_line": markdown.draw_line,
    "in_markdown": in_markdown,
    "link_in_markdown": lambda text: link_in_markdown(text, text),
    "to_markdown": lambda text: to_markdown(text, names={}),
    "to_plain": lambda text: to_plain(text, names={}),
    "from_markdown": from_markdown,
}


def _seconds(read: Callable[[str], object], text: str) -> float:
    """Return the processor time that it takes."""
    start = time.process_time()
    read(text)
    return time.process_time() - start


def _growth(read: Callable[[str], object], short: str, long: str) -> tuple[float, float] | None:
    """Return the best seconds of both if the long text, 4.5 times as long, always takes over nine times as long.

    Measured more than once: other programs on the computer slow single runs down. A square stays above 20 times.
    """
    best_short = best_long = float("inf")
    for _ in range(10):
        best_short = min(best_short, _seconds(read, short))
        best_long = min(best_long, _seconds(read, long))
        if best_long <= 9 * max(best_short, 0.005):
            return None
    return round(best_short, 4), round(best_long, 4)


@pytest.mark.long
@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("frame", FRAMES)
def test_no_family_of_texts_takes_longer_than_its_length(reader: str, frame: str) -> None:
    slow: dict[str, tuple[float, float]] = {}
    for mark in FAMILIES:
        long, short = FRAMES[frame](mark, 9_000), FRAMES[frame](mark, 2_000)
        if _seconds(READERS[reader], long) > 0.1 and (found := _growth(READERS[reader], short, long)):
            slow[mark] = found
    assert slow == {}


@pytest.mark.parametrize(
    "text",
    ["http://a" + ")" * 920, "http://a" + ")" * 50_000, "[" * 40_000, ">" * 40_000, "- " * 15_000, "[a](" * 9_000],
)
def test_what_the_parser_cannot_draw_is_text(text: str) -> None:
    start = time.process_time()
    drawn = markdown.draw(text)

    assert time.process_time() - start < 1
    assert drawn.startswith(("<p>", "<blockquote", "<ul"))


def test_ordinary_markdown_of_three_thousand_characters_is_fast() -> None:
    paragraph = "We **rolled back** the [deploy](https://ci.example/1): `web-3` is _slow_, see https://x.example/a.\n\n"
    text = ((paragraph + "- one\n- two\n\n") * 40)[:3_000]

    assert min(_seconds(markdown.draw, text) for _ in range(5)) < 0.05
    assert "<strong>rolled back</strong>" in markdown.draw(text)


def test_what_is_drawn_differently_has_another_number() -> None:
    """Else HTML that is kept beside the texts would stay as the version before drew it."""
    lines = (
        ":tada: `:tada:`",
        "# A",
        "**b** `c` <b>d</b> http://a.example [e](javascript:f) [g](https://h)",
        "- i",
        "|j|\n|-|\n|k|",
        "> l ~~m~~",
    )
    sample = "\n\n".join(lines)
    drawn = markdown.draw(sample) + markdown.draw_line(sample)

    assert (markdown.DRAWN_BY.split()[0], sha256(drawn.encode()).hexdigest()[:12]) == ("2", "1abd2dee83e3")


def test_a_text_that_is_too_long_is_cut_with_a_note() -> None:
    drawn = markdown.draw("word " * 10_000)

    assert markdown.CUT_NOTE in drawn
    assert len(drawn) < 2 * markdown.LENGTH


@settings(max_examples=tries(67), deadline=None)
@given(parts=st.lists(st.sampled_from(FAMILIES), max_size=12), times=st.integers(1, 120))
def test_any_mixture_is_drawn_soon(parts: list[str], times: int) -> None:
    start = time.process_time()
    markdown.draw("".join(parts) * times)

    assert time.process_time() - start < 1
