"""Slack's limits on what we send, and how to stay within them: cut, never fail.

`slack_sdk.models` checks only some of them. Sources: docs.slack.dev, the reference pages of each block and element,
of `chat.postMessage` and `chat.update`, read in November 2026.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator, Sequence
from typing import Any, Final

HEADER: Final = 150
SECTION: Final = 3000
FIELD: Final = 2000
FIELDS: Final = 10
OPTION: Final = 75
OPTION_DESCRIPTION: Final = 75
OPTION_VALUE: Final = 150
OPTIONS: Final = 100
CHECKBOXES: Final = 10
BUTTON: Final = 75
ACTIONS: Final = 25  # buttons in a row
BUTTON_VALUE: Final = 2000
INPUT_LABEL: Final = 2000
HINT: Final = 2000
PLACEHOLDER: Final = 150
MODAL_TITLE: Final = 24
MODAL_BUTTON: Final = 24
PRIVATE_METADATA: Final = 3000
TEXT_INPUT: Final = 3000
MESSAGE_BLOCKS: Final = 50
MESSAGE_CHARACTERS: Final = 13_000  # of all blocks as JSON; Slack refuses from about 13,200
UPDATE_TEXT: Final = 4000
POST_TEXT: Final = 4000  # 40,000 is the hard limit; Slack recommends, and shows well, 4,000
TOPIC: Final = 250
CHANNEL_NAME: Final = 80
BOOKMARK_TITLE: Final = 255

ELLIPSIS: Final = "…"
SHORTEST_CUT: Final = 100  # what is shorter than that is left whole


def cut(text: str, limit: int) -> str:
    """Return `text` in at most `limit` characters as Slack counts them (UTF-16 units), the last one an ellipsis."""
    if utf16_length(text) <= limit:
        return text
    while utf16_length(text) > limit - 1:
        text = text[: max(0, len(text) - max(1, (utf16_length(text) - limit + 1) // 2))]
    return text.rstrip() + ELLIPSIS


def fitted(blocks: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return drawn blocks as one message may have them: at most so many, with the longest texts cut first."""
    fitting = copy.deepcopy(list(blocks[:MESSAGE_BLOCKS]))
    while utf16_length(json.dumps(fitting, ensure_ascii=False)) > MESSAGE_CHARACTERS:
        longest = max(_texts(fitting), key=lambda text: len(text["text"]), default=None)
        if longest is None or len(longest["text"]) < SHORTEST_CUT:
            fitting.pop()
        else:
            longest["text"] = cut(longest["text"], len(longest["text"]) * 3 // 4)
    return fitting


def _texts(drawn: Any) -> Iterator[dict[str, Any]]:
    """Give the mrkdwn texts in drawn blocks."""
    if isinstance(drawn, list):
        for each in drawn:
            yield from _texts(each)
    elif isinstance(drawn, dict):
        if drawn.get("type") == "mrkdwn":
            yield drawn
        for each in drawn.values():
            yield from _texts(each)


def utf16_length(text: str) -> int:
    """Slack counts as JavaScript does: an emoji beyond the basic plane is two."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
