"""What `startplugin` writes has the types of the house."""

from __future__ import annotations

import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.types
def test_mypy_finds_nothing_in_a_new_plugin(tmp_path: Path) -> None:
    call_command("startplugin", "acme", parent=str(tmp_path), stdout=StringIO())

    ended = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", str(tmp_path / "acme")],
        cwd=ROOT,
        text=True,
        capture_output=True,
        timeout=600,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "no issues found in 4 source files" in ended.stdout
