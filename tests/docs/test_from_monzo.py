"""docs/from-monzo-response.md: its command does what it shows, and it names all that there is and is not."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from slackbot.monzo import gone
from slackbot.monzo.core import models as core_models
from slackbot.monzo.records import Records
from slackbot.monzo.slack import block_kit, decorators, dialog_builder, reference_utils
from slackbot.monzo.slack import models as slack_models
from tests.docs.test_plugins import named, public

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/from-monzo-response.md").read_text(encoding="utf-8")
PLUGIN = (ROOT / "tests/slackbot/ancestor/actions/escalation.py").read_text(encoding="utf-8")
DIFF = re.findall(r"^```diff\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)[0].splitlines()
BEFORE = [line[1:] for line in DIFF if line.startswith("-")]
AFTER = [line[1:] for line in DIFF if not line.startswith("-")]


def test_the_command_makes_of_the_old_imports_the_new_ones(tmp_path: Path) -> None:
    plugin = tmp_path / "acme" / "handlers.py"
    plugin.parent.mkdir()
    plugin.write_text("\n".join(BEFORE), encoding="utf-8")
    command = next(line for line in PAGE.splitlines() if line.startswith("grep "))

    subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True)

    assert plugin.read_text(encoding="utf-8").splitlines() == [line[1:] for line in DIFF if line.startswith("+")]
    assert "acme" in shlex.split(command)


def test_what_it_shows_is_a_plugin_that_runs() -> None:
    assert "\n".join(AFTER) in PLUGIN


@pytest.mark.parametrize("module", [core_models, slack_models, decorators])
def test_everything_that_is_covered_is_named(module: object) -> None:
    assert set(getattr(module, "__all__", ())) - named(PAGE) == set()


def test_every_block_field_and_reference_is_named() -> None:
    blocks = {name for name, each in vars(block_kit).items() if isinstance(each, type) and hasattr(each, "serialize")}
    elements = {each.__name__ for each in dialog_builder.Element.__subclasses__()}
    references = {name for name in public(reference_utils) if name.endswith(("_reference", "_id", "_readable"))}

    assert (blocks | elements | references) - {"Block", "Serialized"} - named(PAGE) == set()


def test_everything_that_is_gone_is_named() -> None:
    assert (set(gone.MODELS) | set(gone.DECORATORS)) - named(PAGE) == set()


def test_what_can_be_asked_of_objects_is_named() -> None:
    assert public(Records) - named(PAGE) == set()
