"""A plugin with the two building blocks that are timed from outside."""

from __future__ import annotations

from typing import Final

# Slack tells of a new emoji in no channel, and nothing of ours listens: no other work is mixed in.
EVENT: Final = "emoji_changed"
CLICK: Final = "bench-click"
NOTES: Final = "BENCH_NOTES"  # the file in which a handler notes when it began
