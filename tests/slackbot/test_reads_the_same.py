"""What somebody types in Slack reads the same on the web, whatever the signs that they type mean in Markdown.

What Slack shows is what its own client makes of the text: the elements of its `rich_text` block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any, Final

from hypothesis import example, given, settings
from hypothesis import strategies as st

from incidents import emoji, markdown
from sandbox.cast import first_day
from sandbox.emoji import EMOJI
from sandbox.rich_text import rich_text
from sandbox.typed_text import to_tokens
from slackbot.api.mrkdwn import BACKTICK, from_markdown, to_markdown, words_to_markdown
from tests.hurry import tries

FRAGMENTS: Final = (
    *("*", "_", "~", "`", "**", "__", "~~", "```", "*b*", "_i_", "~s~", "`c`", "*_x_*", "_*x* y_"),
    *("#", "##", ">", "-", "+", "=", "===", "---", "1.", "2)", "|", "-|-", "a|b", "[", "]", "](", "(", ")", "!", "!["),
    *(
        "\\",
        "\\\\",
        "&",
        "&copy;",
        "&#42;",
        "<",
        "<b>",
        "</b>",
        "<!--",
        "]: ",
        "[x]: y",
        "\n",
        "\n\n",
        " ",
        "  ",
        "\t",
        "    ",
    ),
    *(
        ":tada:",
        ":+1::skin-tone-3:",
        ":not_an_emoji:",
        ":",
        "10:30:45",
        "🔥",
        "e\u0301",
        "\u200d",
        "ß",
        "مرحبا",
        "\u202e",
    ),
    *("@grace", "@here", "#general", "ada@example.com", "https://a.example/b_c_*d*?e=1&f=%41(g)", "http://x/[y]`z"),
    *("word", "a", "1", ".", ",", '"', "'", "“", "€", "__init__.py", "\\\\fileserver\\*share", "# of errors"),
)
TEXTS: Final = st.lists(
    st.one_of(st.sampled_from(FRAGMENTS), st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=4)),
    max_size=12,
).map("".join)
STYLES: Final = {"strong": "bold", "em": "italic", "s": "strike", "code": "code", "pre": "pre"}
WORKSPACE: Final = first_day(0)
NAMES: Final = {user.id: user.real_name for user in WORKSPACE.users.values()}
INVISIBLE: Final = re.compile("[\\s\u200b]+")

Letters = list[tuple[str, frozenset[str]]]


class _Reader(HTMLParser):
    """Each letter that a page shows, with its styles."""

    def __init__(self) -> None:
        super().__init__()
        self.letters: Letters = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag not in ("p", "br", "a", "blockquote", "hr"):
            self.open.append(STYLES.get(tag, tag))
        if tag == "blockquote":
            self.open.append("quote")

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("p", "br", "a", "blockquote", "hr"):
            self.open.remove(STYLES.get(tag, tag))
        if tag == "blockquote":
            self.open.remove("quote")

    def handle_data(self, data: str) -> None:
        styles = frozenset({"pre"} if "pre" in self.open else self.open)
        self.letters += [(letter, styles) for letter in INVISIBLE.sub("", data)]


def _on_the_page(text: str) -> Letters:
    reader = _Reader()
    reader.feed(markdown.draw(text))
    reader.close()
    return reader.letters


def _in_slack(text: str) -> Letters:
    block = rich_text(text)
    return [letter for element in block["elements"] for letter in _of_element(element)]


def _of_element(element: dict[str, Any]) -> Iterator[tuple[str, frozenset[str]]]:
    outer = {"rich_text_quote": {"quote"}, "rich_text_preformatted": {"pre"}}.get(element["type"], set())
    for part in element["elements"]:
        styles = frozenset(outer | {name for name, is_on in part.get("style", {}).items() if is_on})
        for letter in INVISIBLE.sub("", _words(part)):
            yield letter, styles


def _words(part: dict[str, Any]) -> str:
    match part["type"]:
        case "text":
            return str(part["text"])
        case "emoji":
            name, _, tone = part["name"].partition("::skin-tone-")
            return EMOJI[name] + (chr(0x1F3FB + int(tone) - 2) if tone else "")
        case "user":
            return f"@{NAMES[part['user_id']]}"
        case "channel":
            return f"#{WORKSPACE.channels[part['channel_id']].name}"
        case "broadcast":
            return f"@{part['range']}"
        case "link":
            return str(part.get("text") or part["url"])
    raise AssertionError(part)


@settings(max_examples=tries(134), deadline=None, derandomize=True)
@given(TEXTS)
@example("__init__.py")
@example("said\n>>> all of\nthis\n> too\n\n# and this")
@example("\\\\fileserver\\*share and \\*x\\*")
@example("# of errors\n> 5\n1. one\n- two\n\tthree\n\n    four")
def test_a_message_reads_the_same_on_the_web(typed: str) -> None:
    said = to_tokens(WORKSPACE, typed)

    assert _on_the_page(to_markdown(said, names=NAMES)) == _in_slack(said)


@settings(max_examples=tries(134), deadline=None, derandomize=True)
@given(TEXTS)
def test_and_when_we_repeat_it_in_slack(typed: str) -> None:
    said = to_tokens(WORKSPACE, typed)
    kept = to_markdown(said, names=NAMES)

    repeated = re.sub("^>", "&gt;", from_markdown(kept), flags=re.MULTILINE)
    assert _with_backticks(_in_slack(repeated)) == _with_backticks(_on_the_page(kept))


@settings(max_examples=tries(67), deadline=None, derandomize=True)
@given(TEXTS)
def test_what_is_typed_into_a_form_is_words(typed: str) -> None:
    shown = _on_the_page(words_to_markdown(typed))

    assert {style for _, styles in shown for style in styles} == set()
    said = "".join(letter for letter, _ in shown)
    # Drawn twice: without its spaces, ": key:" is an emoji's name.
    assert emoji.drawn(said) == emoji.drawn(INVISIBLE.sub("", emoji.drawn(typed)))


def _with_backticks(letters: Letters) -> Letters:
    """Slack has no way to show a pair of them: another sign that looks like one stands there."""
    return [(letter.replace(BACKTICK, "`"), styles) for letter, styles in letters]
