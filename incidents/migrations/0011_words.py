"""Add the name of the program that posted a pinned message, and the letters of names and texts, normalized for search.

Existing texts are normalized at once. Running it again changes nothing.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

from incidents.texts import folded, without_escapes

BATCH = 500


def fold(apps: Any, schema_editor: Any) -> None:
    for name, make in (("Person", _fold_person), ("Incident", _fold_incident)):
        model = apps.get_model("incidents", name)
        batch: list[Any] = []
        for row in model.objects.order_by("pk").iterator(chunk_size=BATCH):
            columns = make(row)
            batch.append(row)
            if len(batch) == BATCH:
                model.objects.bulk_update(batch, columns)
                batch = []
        if batch:
            model.objects.bulk_update(batch, columns)


def _fold_person(person: Any) -> list[str]:
    person.name_folded = folded(person.name)
    return ["name_folded"]


def _fold_incident(incident: Any) -> list[str]:
    incident.title_folded = folded(incident.title)
    incident.summary_folded = folded(without_escapes(incident.summary))
    texts = {name: each for name, each in incident.field_values.items() if isinstance(each, str | list)}
    incident.fields_folded = {
        name: folded(without_escapes(each) if isinstance(each, str) else "\n".join(map(str, each)))
        for name, each in texts.items()
    }
    return ["title_folded", "summary_folded", "fields_folded"]


class Migration(migrations.Migration):
    dependencies = [("incidents", "0010_members_of_private_incidents")]

    operations = [
        migrations.AddField(
            model_name="pin",
            name="author_name",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="The program that said it", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="fields_folded",
            field=models.JSONField(
                blank=True, db_default=models.Value({}, models.JSONField()), default=dict, editable=False
            ),
        ),
        migrations.AddField(
            model_name="incident",
            name="summary_folded",
            field=models.TextField(blank=True, db_default="", default="", editable=False),
        ),
        migrations.AddField(
            model_name="incident",
            name="title_folded",
            field=models.TextField(blank=True, db_default="", default="", editable=False),
        ),
        migrations.AddField(
            model_name="person",
            name="name_folded",
            field=models.TextField(blank=True, db_default="", default="", editable=False),
        ),
        migrations.RunPython(fold, migrations.RunPython.noop),
    ]
