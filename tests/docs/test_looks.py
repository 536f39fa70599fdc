"""The page of pictures shows each picture that its program takes, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "docs/pictures/looks"
MOST_BYTES = 2_500_000


def test_every_picture_is_taken_shown_and_there() -> None:
    program = (ROOT / "tests/browser/looks.py").read_text(encoding="utf-8")
    page = (ROOT / "docs/sandbox-looks.md").read_text(encoding="utf-8")

    taken = set(re.findall(r'studio\.keep\("([\w-]+)"', program))
    shown = set(re.findall(r"\(pictures/looks/([\w-]+)\.png\)", page))

    assert len(taken) > 15
    assert taken == shown == {path.stem for path in PICTURES.iterdir()}


def test_the_pictures_are_light() -> None:
    assert sum(path.stat().st_size for path in PICTURES.iterdir()) < MOST_BYTES
