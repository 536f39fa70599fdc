"""The same database for each test: what the migrations put there, brought back in a moment."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import django
from django.apps import apps
from django.conf import settings
from django.core.management import call_command
from django.db import connection


class Seed:
    """What was in the database before the first test. Nobody may be in a transaction when it comes back."""

    def __init__(self) -> None:
        self._pages: sqlite3.Connection | None = None
        self._rows = ""

    def keep(self) -> None:
        if connection.vendor != "sqlite":
            self._rows = connection.creation.serialize_db_to_string()
            return
        connection.ensure_connection()
        self._pages = sqlite3.connect(":memory:")
        connection.connection.backup(self._pages)

    def bring_back(self) -> None:
        """Put it in the place of whatever is there now. SQLite's pages are much faster than rows."""
        if self._pages is None:
            call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True, reset_sequences=False)
            connection.creation.deserialize_db_from_string(self._rows)
            return
        connection.ensure_connection()
        self._pages.backup(connection.connection)


# A database as the migrations left it, kept for the next time -------------------------------------------------------


def hurry() -> None:
    """Spare the disk: a database that lives as long as its tests need not survive a power cut."""
    options = connection.settings_dict["OPTIONS"]
    if connection.vendor == "sqlite":
        options["init_command"] = options["init_command"].replace("synchronous=FULL", "synchronous=OFF")


def lay_out_copy() -> bool:
    """Begin with what the migrations made the time before, if they are the same; say whether that was so."""
    if connection.vendor != "sqlite" or not _kept().exists():
        return False
    shutil.copyfile(_kept(), _test_database())
    return True


def keep_copy() -> None:
    if connection.vendor != "sqlite" or _kept().exists():
        return
    draft = _kept().with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(draft)) as copy:
        connection.ensure_connection()
        connection.connection.backup(copy)
    draft.replace(_kept())


def throw_away() -> None:
    """Remove the database of the tests, which Django keeps when it began with a copy, and the lock beside it."""
    if connection.vendor != "sqlite":
        return
    for path in _test_database().parent.glob(f"{_test_database().name}*"):
        path.unlink()


def _test_database() -> Path:
    return Path(connection.settings_dict["TEST"]["NAME"])


def _kept() -> Path:
    """Name it after all that decides what is in it. Only this user can reach the folder."""
    folder = Path(tempfile.gettempdir()) / f"response-tests-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} must be a directory of this user alone.")
    decides = hashlib.sha256(f"{django.VERSION} {settings.INSTALLED_APPS}".encode())
    for config in apps.get_app_configs():
        for path in sorted(Path(config.path, "migrations").glob("*.py")):
            decides.update(path.read_bytes())
    return folder / f"migrated-{decides.hexdigest()[:16]}.sqlite3"
