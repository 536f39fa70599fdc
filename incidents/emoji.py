"""Convert Slack's emoji names, such as `:tada:`, to characters.

`emoji.json` is made from the short names of the npm package `emoji-datasource` 16.0.0 (MIT, Copyright (c) 2013 Cal
Henderson), which are also Slack's names. A workspace's own emoji have no character, so their names stay.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Final

_CHARACTERS: Final[dict[str, str]] = json.loads(Path(__file__).with_name("emoji.json").read_text("utf-8"))
_NAMED: Final = re.compile(r":(?P<name>[a-z0-9_+\'-]+):(?::skin-tone-(?P<tone>[2-6]):)?")
_FIRST_TONE: Final = 0x1F3FB  # the first of five, which Slack numbers from 2
_TONE: Final = "::skin-tone-"


def drawn(text: str) -> str:
    """Return the text with emoji names replaced by their characters."""
    return _NAMED.sub(_character, text) if ":" in text else text


def without_tone(name: str) -> str:
    """Return the name of an emoji or a reaction without its skin tone: "+1" for "+1::skin-tone-3"."""
    return name.partition(_TONE)[0]


def _character(found: re.Match[str]) -> str:
    character = _CHARACTERS.get(found["name"])
    if character is None:
        return found[0]
    return character + (chr(_FIRST_TONE + int(found["tone"]) - 2) if found["tone"] else "")
