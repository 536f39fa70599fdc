"""The same database for each test: what the migrations put there, brought back in a moment."""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import django
from django.apps import apps
from django.conf import settings
from django.db import OperationalError, connection, transaction

_DEADLOCK = "40P01"  # PostgreSQL, appendix A: deadlock_detected


class Copy:
    """Everything in the database at some moment. Nobody may be in a transaction when it is kept or comes back."""

    def __init__(self, name: str) -> None:
        """On PostgreSQL, `name` is the schema that holds it."""
        self._name = name
        self._pages: sqlite3.Connection | None = None
        self._exchange = ""

    def keep(self) -> None:
        if connection.vendor == "postgresql":
            self._keep_rows()
            return
        connection.ensure_connection()
        self._pages = self._pages or sqlite3.connect(":memory:")
        connection.connection.backup(self._pages)

    def _keep_rows(self) -> None:
        names = connection.introspection.django_table_names(only_existing=True)
        pairs = {f'"{name}"': f'{self._name}."{name}"' for name in names}
        self._exchange = ";".join(
            [f"LOCK TABLE {', '.join(pairs)} IN EXCLUSIVE MODE"]  # somebody else may be in the middle of writing
            + [f"DELETE FROM {table}" for table in pairs]  # noqa: S608 — the names are those of our models
            + [f"INSERT INTO {table} SELECT * FROM {kept}" for table, kept in pairs.items()]  # noqa: S608
        )
        with connection.cursor() as cursor:
            cursor.execute(f"DROP SCHEMA IF EXISTS {self._name} CASCADE; CREATE SCHEMA {self._name}")
            cursor.execute(";".join(f"CREATE TABLE {kept} AS TABLE {table}" for table, kept in pairs.items()))

    def bring_back(self) -> None:
        """Put it in the place of whatever is there now."""
        if self._pages is not None:
            connection.ensure_connection()
            self._pages.backup(connection.connection)
            return
        for tries_left in reversed(range(5)):
            try:
                with transaction.atomic(), connection.cursor() as cursor:
                    cursor.execute(self._exchange)
                return
            except OperationalError as error:  # a worker has one of the tables and waits for another one
                if not tries_left or getattr(error.__cause__, "pgcode", "") != _DEADLOCK:
                    raise


class Seed(Copy):
    """What was in the database before the first test."""

    def __init__(self) -> None:
        super().__init__("seed")

    def keep(self) -> None:
        """Keep it, and bring it back after each test.

        Django's own `flush` truncates every table of PostgreSQL, which takes longer than most tests.
        """
        super().keep()
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f'ALTER DATABASE "{connection.settings_dict["NAME"]}" SET synchronous_commit = off')
            connection.close()  # the next one spares the disk
            connection.ops.sql_flush = self._instead_of_flushing  # type: ignore[method-assign]

    def _instead_of_flushing(self, *_: Any, **__: Any) -> list[str]:
        self.bring_back()
        return []


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
