"""Text stands out from what is behind it (WCAG AA), in light and in dark."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import sandbox

AA = 4.5
BASE = Path(sandbox.__file__).parent / "static" / "css" / "base.css"

BEHIND_TEXT = {
    "bg": ["ink", "ink-soft", "ink-faint", "link", "danger", "accent", "ok", "warn"],
    "bg-soft": ["ink", "ink-soft", "ink-faint", "link", "danger", "code-ink"],
    "bg-raised": ["ink", "ink-soft", "ink-faint", "link", "danger"],
    "bg-sunk": ["ink", "ink-soft"],
    "pinned": ["ink", "ink-soft", "ink-faint", "link", "warn"],
    "marked": ["ink", "ink-faint"],
    "accent": ["accent-ink"],
    "accent-soft": ["accent", "ink"],
    "danger": ["danger-ink"],
    "danger-soft": ["danger"],
    "mention-bg": ["link"],
    "mention-mine": ["mention-mine-ink"],
    "side": ["side-ink", "side-faint"],
    "side-deep": ["side-ink"],
    "side-hover": ["side-ink"],
    "side-here": ["side-here-ink"],
    "strip": ["strip-ink"],
}


def colours(selector: str) -> dict[str, str]:
    """Return the custom properties of the first rule with this selector that are plain colours."""
    css = BASE.read_text()
    start = css.index(selector)
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6})", css[start : css.index("}", start)]))


LIGHT = colours(":root {")
DARK = LIGHT | colours(':root[data-theme="dark"] {')


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("behind", BEHIND_TEXT)
def test_text_can_be_read(behind: str, theme: dict[str, str]) -> None:
    weak = {text: contrast(theme[text], theme[behind]) for text in BEHIND_TEXT[behind]}

    assert {text: ratio for text, ratio in weak.items() if ratio < AA} == {}


def test_dark_is_the_same_whether_chosen_or_the_systems() -> None:
    assert colours(":root:not([data-theme]) {") == colours(':root[data-theme="dark"] {')
