"""`manage.py startplugin`: what it writes works as it is, and it overwrites nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parents[2]
# Where the engines are tested, their test database is ours: other processes take SQLite.
ALONE = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "REDIS_URL", "STORIES")}


def run(*command: str, cwd: Path = ROOT, **more: str) -> str:
    ended = subprocess.run(
        command, cwd=cwd, env={**ALONE, **more}, text=True, capture_output=True, timeout=300, check=False
    )
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def start(name: str, parent: Path) -> Path:
    call_command("startplugin", name, parent=str(parent), stdout=StringIO())
    return parent / name


def test_a_new_plugin_passes_its_tests_and_starts(tmp_path: Path) -> None:
    said = run(sys.executable, "manage.py", "startplugin", "acme", "--in", str(tmp_path))

    assert f"Created {tmp_path / 'acme'}." in said
    test, see = [line.strip() for line in said.splitlines() if "RESPONSE_PLUGINS=" in line]
    assert "4 passed" in run("bash", "-c", f"{test} -q -p no:cacheprovider")
    assert see == f"PYTHONPATH={tmp_path} RESPONSE_PLUGINS=acme make run"
    assert str(tmp_path) not in (tmp_path / "acme/README.md").read_text(encoding="utf-8")
    run(sys.executable, "manage.py", "check", PYTHONPATH=str(tmp_path), RESPONSE_PLUGINS="acme")


def test_its_wheel_brings_the_files_that_it_reads(tmp_path: Path) -> None:
    pytest.importorskip("setuptools", reason="Python 3.12 and newer bring none along.")
    folder = start("acme", tmp_path)
    for name in (
        "rota.yaml",
        "rota.toml",
        "rota.json",
        "rota.txt",
        "templates/acme/rota.html",
        "migrations/__init__.py",
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()

    build = "from setuptools import setup; setup()"
    run(sys.executable, "-c", build, "-q", "build_py", "--build-lib", str(tmp_path / "packed"), cwd=folder)

    packed = tmp_path / "packed/acme"
    assert {path.relative_to(packed).as_posix() for path in packed.rglob("*") if path.is_file()} == {
        "__init__.py",
        "conftest.py",
        "migrations/__init__.py",
        "rota.json",
        "rota.toml",
        "rota.txt",
        "rota.yaml",
        "slack_handlers.py",
        "templates/acme/rota.html",
        "test_acme.py",
    }


def test_without_the_plugin_its_tests_say_what_is_missing(tmp_path: Path) -> None:
    start("acme", tmp_path)
    command = [sys.executable, "-m", "pytest", str(tmp_path / "acme"), "-q", "-p", "no:cacheprovider"]
    ended = subprocess.run(
        command, cwd=ROOT, env=ALONE | {"PYTHONPATH": str(tmp_path)}, text=True, capture_output=True, check=False
    )

    assert "run this with RESPONSE_PLUGINS=acme" in ended.stdout
    assert "Traceback" not in ended.stdout
    assert "1 error" in ended.stdout


@pytest.mark.parametrize("name", ["qa", "acme", "customer_operations_team1"])
def test_what_it_writes_is_clean_however_long_the_name(name: str, tmp_path: Path) -> None:
    folder = start(name, tmp_path)

    run(sys.executable, "-m", "ruff", "check", "--no-cache", str(folder))
    run(sys.executable, "-m", "ruff", "format", "--no-cache", "--check", str(folder))
    assert sorted(path.name for path in folder.iterdir()) == [
        ".gitignore",
        "README.md",
        "__init__.py",
        "conftest.py",
        "pyproject.toml",
        "slack_handlers.py",
        f"test_{name}.py",
    ]
    assert not [path for path in folder.iterdir() if "{{" in path.read_text(encoding="utf-8")]


def test_beside_manage_py_the_commands_need_no_path(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("django.conf.settings.BASE_DIR", tmp_path)
    out = StringIO()

    call_command("startplugin", "acme", parent=str(tmp_path), stdout=out)

    assert "  RESPONSE_PLUGINS=acme make run" in out.getvalue()
    assert "-m pytest acme\n" in out.getvalue()


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Acme", "lower-case letters"),
        ("my-plugin", "lower-case letters"),
        ("9to5", "lower-case letters"),
        ("", "lower-case letters"),
        ("../acme", "lower-case letters"),
        ("a" * 26, "at most 25"),
        ("class", "a Python keyword"),
        ("match", "a Python keyword"),
        ("lead", "The command `@incident lead` already"),
        ("sev", "The command `@incident sev` already"),
        ("json", "The Python module json already"),
        ("incidents", "The Python module incidents already"),
        ("there", "already exists"),
    ],
)
def test_a_name_that_cannot_be_is_refused(name: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()

    with pytest.raises(CommandError, match=reason):
        call_command("startplugin", name, parent=str(tmp_path))

    assert [path.name for path in tmp_path.iterdir()] == ["there"]


def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="There is no folder"):
        call_command("startplugin", "acme", parent=str(tmp_path / "nowhere"))
