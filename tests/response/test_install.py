""".ci/install on machines that lack something."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.response.conftest import ROOT


@pytest.fixture
def machine(tmp_path: Path) -> Path:
    """Make a checkout of nothing but the script, beside a PATH of nothing but a shell's tools."""
    (tmp_path / ".ci").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(ROOT / ".ci/install", tmp_path / ".ci")
    for tool in ("sh", "dirname", "cat", "rm"):
        (tmp_path / "bin" / tool).symlink_to(shutil.which(tool) or tool)
    return tmp_path


def put(machine: Path, name: str, script: str) -> None:
    path = machine / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def install(machine: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", str(machine / ".ci/install"), "requirements.txt"],
        env={"PATH": str(machine / "bin"), "HOME": os.devnull},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_any_python_it_says_what_to_do(machine: Path) -> None:
    done = install(machine)

    assert done.returncode == 1
    assert "Response needs Python 3.11 or newer, and none was found." in done.stderr


def test_an_old_python_is_no_python(machine: Path) -> None:
    put(machine, "python3", "exit 1")

    done = install(machine)

    assert done.returncode == 1
    assert "Response needs Python 3.11 or newer" in done.stderr


def test_a_newer_one_under_another_name_is_found(machine: Path) -> None:
    put(machine, "python3", "exit 1")
    put(machine, "python3.12", 'case "$1" in -c) exit 0;; *) echo "ensurepip is not available"; exit 1;; esac')

    done = install(machine)

    assert done.returncode == 1
    assert "python3.12 could not make .venv. On Debian and Ubuntu: apt install python3-venv" in done.stderr
    assert not (machine / ".venv").exists()


def test_what_is_already_there_is_kept(machine: Path) -> None:
    (machine / ".venv/bin").mkdir(parents=True)
    said = machine / "said"
    python = machine / ".venv/bin/python"
    python.write_text(f'#!/bin/sh\necho "$@" >> {said}\n')
    python.chmod(0o755)

    done = install(machine)

    assert done.returncode == 0
    assert said.read_text().splitlines()[-1].endswith("--require-hashes -r requirements.txt")
