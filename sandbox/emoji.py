"""Slack's standard emoji by their short names."""

import json
from pathlib import Path

EMOJI: dict[str, str] = json.loads((Path(__file__).parent / "reference" / "emoji.json").read_text("utf-8"))


def is_emoji(name: str) -> bool:
    """Say whether `name`, perhaps with a skin tone, is an emoji."""
    base, _, tone = name.partition("::")
    return base in EMOJI and (not tone or tone.startswith("skin-tone-"))
