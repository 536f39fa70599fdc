"""Change tables while a deployment works, in migrations with `atomic = False`.

On PostgreSQL, a transaction that altered one table and waits for another deadlocks with a writer that uses both, and a
plain `CREATE INDEX` lets nobody write to the table until it is done. A migration that is not atomic may end in the
middle: what is there then stays, and running it again goes on.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations import AddField, AddIndex
from django.db.migrations.state import ProjectState

INVALID = "SELECT 1 FROM pg_index WHERE indexrelid = to_regclass(%s) AND NOT indisvalid"


class AddFieldOnline(AddField):
    """Add a column in a separate transaction."""

    atomic = True

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model: Any = to_state.apps.get_model(app_label, self.model_name)
        connection, column = schema_editor.connection, model._meta.get_field(self.name).column
        with connection.cursor() as cursor:
            known = connection.introspection.get_table_description(cursor, model._meta.db_table)
        if all(each.name != column for each in known):
            super().database_forwards(app_label, schema_editor, from_state, to_state)


class AddIndexOnline(AddIndex):
    """Add an index, on PostgreSQL beside everybody who writes. One that was not completed is made again."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: ProjectState, to_state: ProjectState
    ) -> None:
        model: Any = to_state.apps.get_model(app_label, self.model_name)
        connection, name = schema_editor.connection, self.index.name
        with connection.cursor() as cursor:
            known = connection.introspection.get_constraints(cursor, model._meta.db_table)
            if name in known and connection.vendor == "postgresql":
                cursor.execute(INVALID, [schema_editor.quote_name(name)])
                if cursor.fetchone() is not None:
                    schema_editor.remove_index(model, self.index)
                    del known[name]
        if name in known:
            return
        if connection.vendor == "postgresql" and not connection.in_atomic_block:
            schema_editor.add_index(model, self.index, concurrently=True)  # type: ignore[call-arg]  # PostgreSQL's has it
        else:
            schema_editor.add_index(model, self.index)
