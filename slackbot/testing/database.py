"""The same database for each test: what the migrations put there, brought back in a moment."""

from __future__ import annotations

import sqlite3

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
            call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
            connection.creation.deserialize_db_from_string(self._rows)
            return
        connection.ensure_connection()
        self._pages.backup(connection.connection)
