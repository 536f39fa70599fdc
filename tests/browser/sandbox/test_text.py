"""mrkdwn, dates and emoji: the parsers know nothing of the page, so their modules are asked directly."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.sandbox.windows import OpenAs

PARSE = """async (texts) => {
  const { parse } = await import('/static/js/mrkdwn.js');
  return texts.map((text) => parse(text));
}"""


@pytest.fixture
def page(open_as: OpenAs) -> Page:
    return open_as("ada")


def text(*children: Any) -> dict[str, Any]:
    return {"type": "text", "children": list(children)}


def bold(*children: Any) -> dict[str, Any]:
    return {"type": "bold", "children": list(children)}


def italic(*children: Any) -> dict[str, Any]:
    return {"type": "italic", "children": list(children)}


def link(url: str, *children: Any) -> dict[str, Any]:
    return {"type": "link", "url": url, "children": list(children) or [url]}


CASES: dict[str, list[dict[str, Any]]] = {
    "plain": [text("plain")],
    "*bold*, _italic_ and ~gone~": [
        text(bold("bold"), ", ", italic("italic"), " and ", {"type": "strike", "children": ["gone"]})
    ],
    "*bold with _both_*": [text(bold("bold with ", italic("both")))],
    "2 * 3 * 4": [text("2 * 3 * 4")],
    "snake_case_name and a*b*c": [text("snake_case_name and a*b*c")],
    "*not over\nlines*": [text("*not over", {"type": "break"}, "lines*")],
    "`*code*`": [text({"type": "code", "text": "*code*"})],
    "&lt;b&gt; &amp;amp;": [text("<b> &amp;")],
    "<@U0ADA> <#C0GENERAL|general> <!here>": [
        text(
            {"type": "user", "id": "U0ADA", "label": None},
            " ",
            {"type": "channel", "id": "C0GENERAL", "label": "general"},
            " ",
            {"type": "broadcast", "name": "here"},
        )
    ],
    "<https://e.com/?a=1&amp;b=2|a *b*>": [text(link("https://e.com/?a=1&b=2", "a ", bold("b")))],
    "<https://e.com/_a_>": [text(link("https://e.com/_a_"))],
    "see https://e.com/x_y_z.": [text("see ", link("https://e.com/x_y_z"), ".")],
    "<javascript:alert(1)|no>": [text("<javascript:alert(1)|no>")],
    "*<https://e.com/a*b|x>*": [text(bold(link("https://e.com/a*b", "x")))],
    ":tada: :no_such_emoji: 12:30:45": [text({"type": "emoji", "name": "tada"}, " :no_such_emoji: 12:30:45")],
    "a\n&gt; b\n&gt; c\nd": [text("a"), {"type": "quote", "children": ["b", {"type": "break"}, "c"]}, text("d")],
    "&gt;&gt;&gt;a\n\nb": [{"type": "quote", "children": ["a", {"type": "break"}, {"type": "break"}, "b"]}],
    "see\n```\n<b> *x*\n```\nend": [text("see"), {"type": "pre", "text": "<b> *x*"}, text("end")],
    "```open": [text("```open")],
    "<!date^1795231200^{date} at {time}|then>": [
        text({"type": "date", "ts": "1795231200", "pattern": "{date} at {time}", "link": None, "fallback": "then"})
    ],
}


def test_mrkdwn_is_read_as_slack_reads_it(page: Page) -> None:
    parsed = page.evaluate(PARSE, list(CASES))

    for source, found in zip(CASES, parsed, strict=True):
        cleaned = _without_missing(found)
        assert cleaned == _without_missing(CASES[source]), source


def _without_missing(node: Any) -> Any:
    if isinstance(node, list):
        return [_without_missing(one) for one in node]
    if isinstance(node, dict):
        return {name: _without_missing(value) for name, value in node.items() if value is not None}
    return node


def test_text_that_only_looks_like_marks_is_never_lost(page: Page) -> None:
    awkward = [
        "*",
        "**",
        "_ _",
        "<",
        "<>",
        "<@",
        "a < b > c",
        "``",
        "`\n`",
        "~~",
        ":",
        "::",
        "&",
        "&lt",
        "```",
        "``````",
    ]

    lost = page.evaluate(
        """async (texts) => {
          const { parse } = await import('/static/js/mrkdwn.js');
          const flat = (node) => {
            if (typeof node === 'string') return node;
            return node.text ?? node.children?.map(flat).join('') ?? '';
          };
          return texts.filter((text) => text.replace(/`/g, '') && !parse(text).map(flat).join(''));
        }""",
        awkward,
    )

    assert lost == []


def test_dates_are_the_readers_own(page: Page) -> None:
    formatted = page.evaluate(
        """async () => {
          const { dateToken } = await import('/static/js/dates.js');
          const noon = Date.UTC(2026, 10, 21, 12, 5, 9) / 1000;
          const now = Math.floor(Date.now() / 1000);
          return [
            dateToken(noon, '{date_num} {date} {date_short} {date_long}', ''),
            dateToken(now - 86400, 'It was {date_pretty}', ''),
            dateToken(now - 7260, '{ago}', ''),
            dateToken('soon', '{date}', 'later'),
          ];
        }"""
    )

    assert "November 21, 2026" in formatted[0]
    assert "Nov 21, 2026" in formatted[0]
    assert "Saturday, November 21, 2026" in formatted[0]
    assert formatted[1:] == ["It was yesterday", "2 hours ago", "later"]


def test_emoji_know_their_other_names_and_skin_tones(page: Page) -> None:
    found = page.evaluate(
        """async () => {
          const { lookup, search } = await import('/static/js/emoji.js');
          const names = ['+1', 'thumbsup', 'wave::skin-tone-4', 'nothing_of_the_kind'];
          const chars = names.map((name) => lookup(name)?.char ?? null);
          return [...chars, search('rotating')[0].name];
        }"""
    )

    assert found == ["👍", "👍", "👋🏽", None, "rotating_light"]


def test_times_are_those_where_the_reader_lives(page: Page) -> None:
    shown = page.evaluate(
        """async () => {
          const { dayOf, fromLocalMinute, localMinute, setZone } = await import('/static/js/dates.js');
          const evening = Date.UTC(2026, 10, 21, 18, 30) / 1000;
          const seen = [];
          for (const zone of ['Asia/Tokyo', 'America/New_York', 'Asia/Kathmandu']) {
            setZone(zone);
            seen.push([dayOf(evening), localMinute(evening), fromLocalMinute(localMinute(evening)) === evening]);
          }
          return seen;
        }"""
    )

    assert shown == [
        ["2026-11-22", "2026-11-22T03:30", True],
        ["2026-11-21", "2026-11-21T13:30", True],
        ["2026-11-22", "2026-11-22T00:15", True],
    ]
