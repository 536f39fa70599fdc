from __future__ import annotations

import json
from typing import Any

from slackbot.api.limits import MESSAGE_CHARACTERS, fitted


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def test_what_fits_stays_as_it_is() -> None:
    blocks = [_section("🔥" * 1000), _section("short")]

    assert fitted(blocks) == blocks


def test_the_longest_texts_are_cut_first_and_no_block_is_lost() -> None:
    blocks = [_section("short"), *(_section("🔥" * 1400) for _ in range(20))]

    cut = fitted(blocks)

    assert len(cut) == 21
    assert cut[0] == _section("short")
    assert all(block["text"]["text"].endswith("🔥…") for block in cut[1:])
    assert len(json.dumps(cut, ensure_ascii=False).encode("utf-16-le")) / 2 <= MESSAGE_CHARACTERS
    assert blocks[1] == _section("🔥" * 1400)


def test_blocks_that_cannot_be_cut_are_left_out_from_the_end() -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "value": "x" * 1900}
    blocks = [{"type": "actions", "elements": [button]} for _ in range(60)]

    assert 3 < len(fitted(blocks)) < 8
