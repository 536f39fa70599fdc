from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slackbot.api.mrkdwn import from_markdown, to_markdown, to_plain

CALLS = re.compile(r"<[!@#]")


@pytest.mark.parametrize(
    ("markdown", "mrkdwn"),
    [
        ("**bold** *it* ~~no~~ `code`", "*bold* _it_ ~no~ `code`"),
        ("# Title\n\ntext", "*Title*\n\ntext"),
        ("- a\n- b\n  - c", "• a\n• b\n    • c"),
        ("> said", "> said"),
        ("[x](https://a.example/?b=1&c=2)", "<https://a.example/?b=1&c=2|x>"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("[everybody](!channel) [her](@U1) [there](#C1)", "everybody her there"),
    ],
)
def test_markdown_reads_the_same_in_slack(markdown: str, mrkdwn: str) -> None:
    assert from_markdown(markdown) == mrkdwn


@given(st.text(alphabet="<>!@#|[]()`*_~&channelU1: \n", max_size=60))
def test_no_markdown_can_call_people(text: str) -> None:
    assert not CALLS.search(from_markdown(text))


def test_slack_reads_the_same_in_markdown() -> None:
    said = "*hey* <@U1>, see <#C1|general> <https://a.example|this> `*code*` &lt;b&gt;"

    expected = "**hey** @Ada, see #general [this](https://a.example) `*code*` \\<b>"
    assert to_markdown(said, names={"U1": "Ada"}) == expected
    assert to_plain("*Search* is ~slow~ down", names={}) == "Search is slow down"
