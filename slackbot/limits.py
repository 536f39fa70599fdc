"""Slack's limits on what we send, and how to stay within them: cut, never fail.

`slack_sdk.models` checks only some of them. Sources: docs.slack.dev, the reference pages of each block and element,
of `chat.postMessage` and `chat.update`, read in November 2026.
"""

from __future__ import annotations

from typing import Final

HEADER: Final = 150
SECTION: Final = 3000
FIELD: Final = 2000
FIELDS: Final = 10
OPTION: Final = 75
OPTION_DESCRIPTION: Final = 75
OPTION_VALUE: Final = 150
OPTIONS: Final = 100
BUTTON: Final = 75
BUTTON_VALUE: Final = 2000
INPUT_LABEL: Final = 2000
HINT: Final = 2000
PLACEHOLDER: Final = 150
MODAL_TITLE: Final = 24
MODAL_BUTTON: Final = 24
PRIVATE_METADATA: Final = 3000
TEXT_INPUT: Final = 3000
MESSAGE_BLOCKS: Final = 50
UPDATE_TEXT: Final = 4000
POST_TEXT: Final = 4000  # 40,000 is the hard limit; Slack recommends, and shows well, 4,000
TOPIC: Final = 250
CHANNEL_NAME: Final = 80
BOOKMARK_TITLE: Final = 255

ELLIPSIS: Final = "…"


def cut(text: str, limit: int) -> str:
    """Return `text` in at most `limit` characters as Slack counts them (UTF-16 units), the last one an ellipsis."""
    if utf16_length(text) <= limit:
        return text
    while utf16_length(text) > limit - 1:
        text = text[: max(0, len(text) - max(1, (utf16_length(text) - limit + 1) // 2))]
    return text.rstrip() + ELLIPSIS


def utf16_length(text: str) -> int:
    """Slack counts as JavaScript does: an emoji beyond the basic plane is two."""
    return len(text) + sum(char > "\uffff" for char in text)
