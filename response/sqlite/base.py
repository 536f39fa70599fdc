"""SQLite's own way to wait for another writer is to sleep up to 100 ms and look again, which starves threads.

Here a transaction takes a lock among the threads, then one among the processes, before it begins: whoever waits is
woken as soon as the writer before is done. A process that dies lets go of both.
"""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path
from typing import Any

from django.db import OperationalError
from django.db.backends.sqlite3 import base

_threads = threading.Lock()
PATIENCE = 20.0  # seconds, as long as SQLite itself would try


class DatabaseWrapper(base.DatabaseWrapper):
    _lock_file: int | None = None
    _is_writing = False

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect to a file that only its owner reads; SQLite gives the files beside it the same mode."""
        path = Path(str(self.settings_dict["NAME"]))
        if path.is_absolute():
            for each in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm"))):
                make_private(each)
        return super().get_new_connection(conn_params)

    def _start_transaction_under_autocommit(self) -> None:
        # It may never write; when it does, SQLite itself refuses it if somebody else has written meanwhile.
        if self.transaction_mode == "DEFERRED":  # type: ignore[attr-defined]
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
            return
        if not _threads.acquire(timeout=PATIENCE):
            raise OperationalError("database is locked: a thread of this process has been writing for too long")
        self._is_writing = True
        try:
            fcntl.flock(self._opened_lock_file(), fcntl.LOCK_EX)
            super()._start_transaction_under_autocommit()  # type: ignore[misc]  # not in the stubs
        except BaseException:
            self._let_go()
            raise

    def _commit(self) -> Any:
        try:
            return super()._commit()  # type: ignore[misc]
        finally:
            self._let_go()

    def _rollback(self) -> Any:
        try:
            return super()._rollback()  # type: ignore[misc]
        finally:
            self._let_go()

    def close(self) -> None:
        super().close()
        self._let_go()
        if self._lock_file is not None:
            os.close(self._lock_file)
            self._lock_file = None

    def _opened_lock_file(self) -> int:
        if self._lock_file is None:
            path = Path(f"{self.settings_dict['NAME']}-writer")
            self._lock_file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        return self._lock_file

    def _let_go(self) -> None:
        if not self._is_writing:
            return
        self._is_writing = False
        if self._lock_file is not None:
            fcntl.flock(self._lock_file, fcntl.LOCK_UN)
        _threads.release()


def make_private(path: Path) -> None:
    """Take a file that is there, say of an earlier version, away from everybody but its owner."""
    try:
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            path.chmod(mode & 0o700)
    except (FileNotFoundError, PermissionError):
        return  # nothing to hide yet, or its owner is somebody else and knows why
