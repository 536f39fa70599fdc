"""While a deployment is upgraded, the version before still works on the new tables. Migrations come first."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db.migrations import Migration, operations
from django.db.migrations.loader import MigrationLoader
from django.db.models import NOT_PROVIDED

from incidents.schema import AddFieldOnline, AddIndexOnline

OURS = ("jobs", "people", "incidents", "slackbot", "ui")
FIRST = {(app, "0001_initial") for app in OURS}
READ_THOUGH_UNKNOWN = {("timelineentry", "kind")}

# Nothing that the version before reads or writes may vanish, get another name, or be asked of it.
HARMLESS = (
    operations.CreateModel,
    operations.AddIndex,
    operations.RemoveIndex,
    operations.AlterModelOptions,
    operations.RunPython,
)


def _later() -> Iterator[Migration]:
    loader = MigrationLoader(None)
    for key, migration in sorted(loader.disk_migrations.items()):
        if key[0] in OURS and key not in FIRST:
            yield migration


def _is_harmless(operation: object) -> bool:
    if isinstance(operation, operations.AddField):
        field = operation.field
        return field.null or field.many_to_many or field.db_default is not NOT_PROVIDED
    if isinstance(operation, operations.AlterField):
        # Choices are not the database's affair, but the version before must be able to read what is written.
        return (operation.model_name, operation.name) in READ_THOUGH_UNKNOWN or operation.field.null
    if isinstance(operation, operations.SeparateDatabaseAndState):
        return all(_is_harmless(each) for each in operation.database_operations)
    return isinstance(operation, HARMLESS)


@pytest.mark.parametrize("migration", list(_later()), ids=str)
def test_a_migration_leaves_the_version_before_working(migration: Migration) -> None:
    harmful = [operation.describe() for operation in migration.operations if not _is_harmless(operation)]

    assert harmful == [], "Do it in two versions: first add beside the old, then take the old away."


@pytest.mark.parametrize("migration", list(_later()), ids=str)
def test_a_migration_holds_one_table_and_only_for_a_moment(migration: Migration) -> None:
    """On PostgreSQL, a transaction keeps the tables that it altered from everybody until it ends."""
    added = [each for each in migration.operations if isinstance(each, operations.AddField)]
    indexes = [each for each in migration.operations if isinstance(each, operations.AddIndex)]
    backfills = [each for each in migration.operations if isinstance(each, operations.RunPython)]

    assert all(isinstance(each, AddIndexOnline) for each in indexes), "See incidents/schema.py."
    if migration.atomic:
        assert not indexes, "Build indexes in a migration that is not atomic."
        assert not (added and backfills), "Write the rows in a migration that is not atomic."
        assert len({each.model_name for each in added}) <= 1, "Add each column in a separate transaction."
    else:
        assert all(isinstance(each, AddFieldOnline) for each in added), "See incidents/schema.py."
