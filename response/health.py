"""Answers for those who watch the process: load balancers, Kubernetes."""

import shutil
from pathlib import Path
from typing import Final

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse

ROOM: Final = 1024 * 1024  # bytes; with less SQLite can write hardly anything


@login_not_required
def alive(_request: HttpRequest) -> HttpResponse:
    """Say that the process runs. It asks nobody: a database that is down is no reason to kill the web."""
    return HttpResponse("ok\n", content_type="text/plain")


@login_not_required
def ready(_request: HttpRequest) -> HttpResponse:
    """Say whether requests should come here: 200, or 503 and the reason."""
    try:
        pending = unapplied_migrations()
    except DatabaseError:
        return HttpResponse("database not reachable\n", status=503, content_type="text/plain")
    if pending:
        return HttpResponse(f"{pending} migrations not applied\n", status=503, content_type="text/plain")
    if disk_is_full():
        return HttpResponse("no room left on the disk of the database\n", status=503, content_type="text/plain")
    return HttpResponse("ready\n", content_type="text/plain")


def disk_is_full() -> bool:
    """Say whether the embedded database can still grow. That of a server is the server's affair."""
    if connection.vendor != "sqlite":
        return False
    return shutil.disk_usage(Path(connection.settings_dict["NAME"]).parent).free < ROOM


def unapplied_migrations() -> int:
    """Return how many migrations the database lacks. Raises `DatabaseError` when it is not reachable."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
