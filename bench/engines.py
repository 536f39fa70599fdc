"""What the product's data lies on: SQLite as `make run` has it, or PostgreSQL with or without Redis."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import redis

SERVER = os.environ.get("TEST_DATABASE_URL") or "postgresql://postgres@127.0.0.1:5432/postgres"
REDIS_SERVER = os.environ.get("TEST_REDIS_URL") or "redis://127.0.0.1:6379/9"
REDIS_DATABASE = 10

SQLITE = "SQLite"
POSTGRES = "PostgreSQL"
POSTGRES_REDIS = "PostgreSQL + Redis"

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Engine:
    """A database of the product's own, the directory with whatever else it keeps, and Redis."""

    name: str
    folder: Path
    database: str = ""  # its name in PostgreSQL; empty for SQLite

    @property
    def environment(self) -> dict[str, str]:
        found = {"DATA_DIR": str(self.folder)}
        if self.database:
            found["DATABASE_URL"] = address_of(self.database)
        if self.name == POSTGRES_REDIS:
            found["REDIS_URL"] = redis_address()
        return found

    def connect(self) -> Any:
        """Return a connection of the database's own driver, each statement its own transaction."""
        if not self.database:
            return sqlite3.connect(self.folder / "response.sqlite3", timeout=20, isolation_level=None)
        connection = psycopg2.connect(address_of(self.database))
        connection.autocommit = True
        return connection

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows, none for a statement that has no answer."""
        with closing(self.connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall()) if cursor.description else []


@contextmanager
def engine(name: str, folder: Path) -> Iterator[Engine]:
    """Make an empty one below `folder`, and take it away afterwards."""
    if name == SQLITE:
        place = folder / f"sqlite-{next(_numbers)}"
        place.mkdir()
        yield Engine(name, place)
        return
    if name == POSTGRES_REDIS:
        empty_redis()
    with _database() as database:
        place = folder / database
        place.mkdir()
        yield Engine(name, place, database)
    if name == POSTGRES_REDIS:
        empty_redis()


@contextmanager
def copy_of(original: Engine, folder: Path) -> Iterator[Engine]:
    """Make another one with the same content. Nobody may be connected to the original."""
    place = folder / f"copy-{next(_numbers)}"
    shutil.copytree(original.folder, place)
    if not original.database:
        yield Engine(original.name, place)
        return
    with _database(template=original.database) as database:
        yield Engine(original.name, place, database)


def missing(name: str) -> str:
    """Return why the engine cannot be measured here, or ""."""
    try:
        if name != SQLITE:
            psycopg2.connect(SERVER, connect_timeout=2).close()
        if name == POSTGRES_REDIS:
            redis.Redis.from_url(redis_address(), socket_connect_timeout=2).ping()
    except (psycopg2.OperationalError, redis.RedisError) as error:
        return f"{name} is left out: {str(error).strip().splitlines()[0]}"
    return ""


def address_of(database: str) -> str:
    return urlsplit(SERVER)._replace(path=f"/{database}").geturl()


def redis_address() -> str:
    """Tests use the database that the address names; this is another, so that both may run."""
    return urlsplit(REDIS_SERVER)._replace(path=f"/{REDIS_DATABASE}").geturl()


@contextmanager
def _database(*, template: str = "template1") -> Iterator[str]:
    name = f"response_bench_{os.getpid()}_{next(_numbers)}"
    _tell_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    try:
        yield name
    finally:
        _tell_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def _tell_server(sql: str) -> None:
    with closing(psycopg2.connect(SERVER)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(sql)


def empty_redis() -> None:
    with contextlib.closing(redis.Redis.from_url(redis_address())) as server:
        server.flushdb()


def server_version() -> str:
    if missing(POSTGRES):
        return "no PostgreSQL"
    with closing(psycopg2.connect(SERVER)) as connection:
        return f"PostgreSQL {connection.server_version // 10000}"
