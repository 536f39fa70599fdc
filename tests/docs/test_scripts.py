"""SCRIPTS.md knows every word of the format, and what it shows can be read."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sandbox.stage.actions import ACTIONS, RULE_BOUNDS, RULES, TIMES
from sandbox.stage.reading import read_script

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "sandbox/SCRIPTS.md").read_text(encoding="utf-8")


def test_every_word_is_explained() -> None:
    words = {*ACTIONS, *TIMES, *RULES, *RULE_BOUNDS, "who", "do"}
    words |= {name for action in ACTIONS.values() for name in (*action.needs, *action.may)}
    words |= {name for more in RULES.values() for name in more}

    assert [word for word in sorted(words) if not re.search(rf"`{word}[`:]", PAGE)] == []


def test_the_example_can_be_read() -> None:
    (example,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)

    assert len(read_script(example, name="SCRIPTS.md").steps) == 3


@pytest.mark.parametrize("path", sorted(ROOT.glob("*/scripts/*.yaml")), ids=lambda path: path.name)
def test_a_shipped_script_says_what_it_is_about(path: Path) -> None:
    assert read_script(path.read_text(encoding="utf-8"), name=path.name).about
