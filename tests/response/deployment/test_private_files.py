"""Only the user that runs Response reads what it writes."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

from tests.faults.engines import until
from tests.response.conftest import ROOT, Start, bare_environment, get


def readable_by_others(directory: Path) -> list[str]:
    """Return what others may do anything with, and with what mode."""
    found = [directory, *directory.rglob("*")]
    return [f"{path} {stat.filemode(path.lstat().st_mode)}" for path in found if path.lstat().st_mode & 0o077]


def test_a_run_leaves_no_file_to_others(start: Start, tmp_path: Path, free_port: int, unused_port: int) -> None:
    data = tmp_path / "data"
    given = {"DATA_DIR": str(data), "PORT": str(free_port), "SANDBOX_PORT": str(unused_port)}
    command = (sys.executable, "-c", f"import os, sys; os.umask(0); os.execv(sys.executable, {COMMAND!r})")
    for _ in ("the first time", "after an earlier version"):
        running = start(command, environment=bare_environment(**given))
        running.wait_for("Response is running")
        assert get(free_port, "/login/")[0] == 200
        until(lambda: {path.name for path in data.iterdir()} >= FILES, "the workers have begun, too")
        assert readable_by_others(data) == []

        assert running.ends() == 0
        assert readable_by_others(data) == []
        for path in (data, *data.rglob("*")):
            path.chmod(0o777 if path.is_dir() else 0o666)


def test_a_worker_alone_leaves_no_database_to_others(start: Start, tmp_path: Path) -> None:
    old = tmp_path / "response.sqlite3"
    old.touch()
    old.chmod(0o644)

    migrated = start((sys.executable, "manage.py", "migrate"), environment=bare_environment(DATA_DIR=str(tmp_path)))

    assert migrated.wait_for_end() == 0
    assert [each for each in readable_by_others(tmp_path) if "sqlite3" in each] == []


FILES = {"response.sqlite3", "response.sqlite3-wal", "secret_key", "up.lock", "crashes", "sandbox"}
COMMAND = [sys.executable, str(ROOT / "manage.py"), "up"]
