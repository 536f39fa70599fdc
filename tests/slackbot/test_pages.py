"""Slack refuses a call that asks for more than a method gives at once."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from slackbot.api.client import PAGE

ROOT: Final = Path(__file__).resolve().parents[2]
REFERENCE: Final = ROOT.parent / "shared" / "slack-reference" / "methods"
MOST: Final = re.compile(r"under (\d+)|[Mm]ax\w* (?:value )?of (\d+)")


def _limits() -> Iterator[tuple[str, ast.expr]]:
    """Yield every `limit` that we send, with where it is."""
    for path in (ROOT / "slackbot").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            match node:
                case ast.Dict(keys=keys, values=values):
                    yield from (
                        (f"{path}:{value.lineno}", value)
                        for key, value in zip(keys, values, strict=True)
                        if isinstance(key, ast.Constant) and key.value == "limit"
                    )


def test_every_limit_that_we_send_is_a_page_or_less() -> None:
    found = list(_limits())

    assert len(found) >= 5
    for where, value in found:
        match value:
            case ast.Constant(value=int() as most):
                assert 0 < most <= PAGE, where
            case ast.Name(id="PAGE") | ast.Attribute(attr="PAGE"):
                pass
            case _:
                pytest.fail(f"{where}: use client.PAGE")


@pytest.mark.skipif(not REFERENCE.exists(), reason="Slack's reference is not beside this checkout")
def test_a_page_is_what_every_method_gives_at_once() -> None:
    most = {}
    for path in REFERENCE.glob("*.json"):
        limit = (json.loads(path.read_text("utf-8"))["args"].get("properties") or {}).get("limit")
        if limit is not None:
            words = MOST.search(limit["desc"])
            under = int(words[1]) - 1 if words and words[1] else int(words[2]) if words else 1000
            most[path.stem] = min(under, limit.get("maximum", 1000))

    assert most["conversations.list"] == 999
    assert len(most) >= 6
    assert all(each >= PAGE for each in most.values())
