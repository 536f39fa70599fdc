"""`make demo` shows what its script promises, with the plugins that it enables."""

from __future__ import annotations

from response.management.commands.demo import PLUGIN_SETTINGS, PLUGINS
from tests.examples.test_examples import run


def test_the_demo_shows_what_it_says() -> None:
    demo = "tests/examples/the_demo.py"
    ended = run("-m", "pytest", "-q", "-p", "no:cacheprovider", demo, plugins=PLUGINS, **PLUGIN_SETTINGS)

    assert ended.returncode == 0, ended.stdout + ended.stderr
