"""A plugin of monzo/response, changed as the guide says, passes its own tests."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PLUGIN = "tests.examples.ancestor"
MODULES = sorted((Path(__file__).parent / "ancestor/actions").glob("*.py"))


def test_a_plugin_of_the_ancestor_passes_its_tests() -> None:
    """Enabled as a deployment enables it: in a process of its own, as its handlers would be met by all other tests."""
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/examples/ancestor"],
        cwd=ROOT,
        env={**os.environ, "RESPONSE_PLUGINS": PLUGIN},
        text=True,
        capture_output=True,
        timeout=300,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_that_plugin_imports_nothing_but_what_takes_the_ancestors_place() -> None:
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom | ast.Import):
                name = node.module or "" if isinstance(node, ast.ImportFrom) else node.names[0].name
                assert (
                    name.startswith(("slackbot.monzo", "slackbot.plugins"))
                    or name.partition(".")[0] in sys.stdlib_module_names
                ), path
