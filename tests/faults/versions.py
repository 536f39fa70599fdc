"""Versions of the product as trees on disk: this one, the one before the newest migration, and one that comes next."""

from __future__ import annotations

import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tests.faults.house import ROOT

SHIPPED: Final = ("manage.py", "response", "jobs", "people", "incidents", "integrations", "slackbot", "ui")
# The commit with the first migrations that are never rewritten: no version before it can be upgraded from.
BASELINE: Final = "e843dd4c53d671490b926f8b429c30c9f17dc861"
PLUGIN: Final = "tests/faults/death"


class NoHistory(Exception):
    """This checkout does not hold the version before: a clone that is too shallow, or none at all."""


def version_before(folder: Path) -> Path:
    """Take the version before the newest migration, or the baseline, out of git's history."""
    # Along the main line: in a branch, a migration may have had another number before it was merged.
    merged = ("--first-parent", "--diff-merges=first-parent", "--diff-filter=A", "--name-only")
    since = ("--format=%H", "-1", f"{BASELINE}..HEAD")
    newest = _git("log", *merged, *since, "--", "*/migrations/0*.py").decode().split()
    before = f"{newest[0]}^" if newest else BASELINE
    # It may be older than one of today's packages.
    shipped = [name for name in _git("ls-tree", "--name-only", before).decode().split() if name in SHIPPED]
    with tarfile.open(fileobj=io.BytesIO(_git("archive", before, *shipped))) as archive:
        archive.extractall(folder)
    return _with_plugin(folder)


def next_version(folder: Path, environment: Mapping[str, str]) -> Path:
    """Copy this version, and let it grow: tables, a migration that makes them, and handlers that use them."""
    folder.mkdir()
    for name in SHIPPED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    shutil.copytree(Path(__file__).with_name("next_version"), folder / "slackbot/next_version")
    _append(folder / "slackbot/models.py", "from slackbot.next_version.tables import Remark\n")
    _append(folder / "slackbot/slack_handlers/__init__.py", "from slackbot.next_version import handlers\n")
    kinds = folder / "incidents/entries/kinds.py"
    before, line, after = kinds.read_text().partition('    OPENED = "opened"')
    assert line, "EntryKind no longer begins with OPENED"
    kinds.write_text(f'{before}    FORECAST = "forecast"\n{line}{after}')
    command = [sys.executable, "manage.py", "makemigrations", "--name", "next_version", "incidents", "slackbot"]
    _with_plugin(folder)
    done = subprocess.run(command, cwd=folder, env=dict(environment), check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return folder


def _with_plugin(folder: Path) -> Path:
    """Give it the plugin that the script of the faults asks."""
    shutil.copytree(ROOT / PLUGIN, folder / PLUGIN)
    for package in ("tests", "tests/faults"):
        (folder / package / "__init__.py").touch()
    return folder


def _append(path: Path, line: str) -> None:
    path.write_text(f"{path.read_text()}\n\n{line}")


def _git(*words: str) -> bytes:
    try:
        return subprocess.run(["git", "-C", str(ROOT), *words], check=True, capture_output=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        raise NoHistory(f"git {words[0]}: {error}") from error
