"""docs/from-monzo-response.md: its command does what it shows, and it names all that there is and is not."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from slackbot.monzo import gone
from slackbot.monzo.core import models as core_models
from slackbot.monzo.records import Records
from slackbot.monzo.slack import block_kit, decorators, dialog_builder, reference_utils
from slackbot.monzo.slack import models as slack_models
from tests.docs.test_plugins import named, public

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/from-monzo-response.md").read_text(encoding="utf-8")
REMAINS = PAGE[PAGE.index("## What remains") : PAGE.index("## Equivalents in Response")]
PLUGIN = (ROOT / "tests/examples/ancestor/actions/escalation.py").read_text(encoding="utf-8")
DIFF = re.findall(r"^```diff\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)[0].splitlines()
BEFORE = [line[1:] for line in DIFF if line.startswith("-")]
AFTER = [line[1:] for line in DIFF if not line.startswith("-")]


def test_the_command_makes_of_the_old_imports_the_new_ones(tmp_path: Path) -> None:
    plugin = tmp_path / "acme" / "handlers.py"
    plugin.parent.mkdir()
    plugin.write_text("\n".join(BEFORE), encoding="utf-8")

    changed(tmp_path)

    assert plugin.read_text(encoding="utf-8").splitlines() == [line[1:] for line in DIFF if line.startswith("+")]


def changed(folder: Path) -> None:
    """Run both commands of the page, beside a plugin called acme."""
    (folder / "acme/migrations").mkdir(exist_ok=True)
    (folder / "acme/migrations/__init__.py").touch()
    for command in (line for line in PAGE.splitlines() if line.startswith(("grep ", "find "))):
        subprocess.run(["bash", "-c", command], cwd=folder, check=True)
        assert "acme" in shlex.split(command)


OLD: Final = {
    "__init__.py": "",
    "models.py": "from django.db import models\nfrom response.core.models import Incident\n\n"
    "class Page(models.Model):\n    incident = models.ForeignKey(Incident, on_delete=models.PROTECT)\n",
    "actions.py": "from django.conf import settings\nfrom response.models import CommsChannel\n"
    "from response import slack\nfrom response.slack import incident_notifications\n\n"
    "def say(incident):\n    from response.slack import block_kit\n    settings.SLACK_CLIENT\n    settings.ACME_KEY\n",
    "migrations/0001_initial.py": "from django.db import migrations, models\n\nclass Migration(migrations.Migration):\n"
    "    initial = True\n    dependencies = [\n        ('response', '0016_actions_auto_created_date'),\n    ]\n"
    "    operations = [migrations.CreateModel(name='Page', fields=[\n"
    "        ('id', models.BigAutoField(primary_key=True, serialize=False, auto_created=True, verbose_name='ID')),\n"
    "        ('incident', models.ForeignKey(on_delete=models.PROTECT, to='response.Incident'))])]\n",
}


def test_what_the_commands_have_changed_starts_and_migrates(tmp_path: Path) -> None:
    for name, source in OLD.items():
        (tmp_path / "acme/migrations").mkdir(exist_ok=True, parents=True)
        (tmp_path / "acme" / name).write_text(source, encoding="utf-8")
    ours = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL")}
    ours |= {"RESPONSE_PLUGINS": "acme", "PYTHONPATH": str(tmp_path), "DATA_DIR": str(tmp_path / "data")}

    def starts() -> subprocess.CompletedProcess[str]:
        code = (
            "import django; django.setup(); import acme.actions; from django.core.management import call_command as c; "
        )
        code += "c('makemigrations', 'acme', check=True, dry_run=True)"
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env={**ours, "DJANGO_SETTINGS_MODULE": "response.settings"},
            capture_output=True,
            text=True,
            check=False,
        )

    refused = starts()
    assert refused.returncode != 0
    assert "RESPONSE_PLUGINS contains plugins that need edits" in refused.stderr
    assert refused.stderr.count("acme/") == 9, refused.stderr

    changed(tmp_path)

    started = starts()
    assert started.returncode == 0, started.stdout + started.stderr


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
    gone_names = {*gone.MODELS, *gone.DECORATORS, *gone.BLOCKS, *gone.SETTINGS}
    modules = {part for module in (*gone.EMPTY, *gone.REFUSED) for part in module.split(".")}

    assert gone_names - named(REMAINS) == set()
    assert modules - named(PAGE) == set()
    assert {module for module in gone.REFUSED if f"`{module}`" not in REMAINS} == set()


def test_what_can_be_asked_of_objects_is_named() -> None:
    assert public(Records) - named(PAGE) == set()
