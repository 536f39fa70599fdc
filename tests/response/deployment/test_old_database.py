"""A database from before the first release is refused by whatever starts, in a sentence."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from tests.response.conftest import ROOT, bare_environment

COMMANDS = {
    "up": ("manage.py", "up"),
    "worker": ("manage.py", "worker"),
    "migrate": ("manage.py", "migrate"),
    "web": ("-m", "gunicorn", "--config", "response/gunicorn_conf.py", "--bind", "127.0.0.1:0", "response.wsgi"),
}


@pytest.fixture
def old_database(tmp_path: Path) -> Path:
    """A database that has only the table of applied migrations."""
    path = tmp_path / "response.sqlite3"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE django_migrations (id integer PRIMARY KEY, app text, name text, applied text)")
        names = [("incidents", "0001_initial"), ("incidents", "0002_seed"), ("slackbot", "0014_people")]
        database.executemany("INSERT INTO django_migrations (app, name, applied) VALUES (?, ?, '2026-11-01')", names)
    return path


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_it_is_refused_and_left_alone(command: tuple[str, ...], tmp_path: Path, old_database: Path) -> None:
    ended = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT,
        env=bare_environment(DATA_DIR=str(tmp_path), PORT="0", SANDBOX_PORT="0", PYTHONPATH=str(ROOT)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    said = ended.stdout + ended.stderr
    assert ended.returncode in (1, 3), said
    assert "A version from before the first release created the database, and this version can't use it." in said
    assert "Traceback" not in said
    with closing(sqlite3.connect(old_database)) as database:
        assert database.execute("SELECT name FROM sqlite_master").fetchall() == [("django_migrations",)]
