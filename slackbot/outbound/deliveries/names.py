"""Groups of kinds, by the name that their rows have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

POST: Final = "post"
ANNOUNCEMENT: Final = "announcement"
ELSEWHERE: Final = "elsewhere"
# The same, but waiting for what will answer it: then it is edited to say so.
PROMPT: Final = "prompt"
PROMPT_ELSEWHERE: Final = "prompt elsewhere"
ANSWERED: Final = {PROMPT: POST, PROMPT_ELSEWHERE: ELSEWHERE}
IN_OTHER_CHANNELS: Final = (ELSEWHERE, PROMPT_ELSEWHERE)
# What leaves a message in Slack that has the row's text in it.
WELCOME: Final = "welcome"
WHISPERED: Final = ("whisper", "declared")
POSTED: Final = (
    *("update", "message", "edit", "direct", "assigned", POST, PROMPT, ELSEWHERE, PROMPT_ELSEWHERE),
    *WHISPERED,
)
# Who waits for whom: when one of these is done, or given up, the others look again at once.
WAITING: Final[Mapping[str, tuple[str, ...]]] = {
    "declared": ("headline", "channel"),
    "welcome": ("topic", "bookmark", "members"),
    "steps": ("welcome",),
    "update": ("headline",),
    "assigned": ("channel", "members", "invite"),
    POST: ("channel",),
    ANNOUNCEMENT: ("channel",),
    PROMPT: ("channel",),
}
