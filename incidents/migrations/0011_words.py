"""Add the name of the program that posted a pinned message, and the letters of names and texts, normalized for search.

The next migration folds the texts that are there, when these tables are free again.
"""

from django.db import migrations, models

from incidents.schema import AddFieldOnline


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("incidents", "0010_members_of_private_incidents")]

    operations = [
        AddFieldOnline(
            model_name="pin",
            name="author_name",
            field=models.CharField(
                blank=True, db_default="", default="", help_text="The program that said it", max_length=200
            ),
        ),
        AddFieldOnline(
            model_name="incident",
            name="fields_folded",
            field=models.JSONField(
                blank=True, db_default=models.Value({}, models.JSONField()), default=dict, editable=False
            ),
        ),
        AddFieldOnline(
            model_name="incident",
            name="summary_folded",
            field=models.TextField(blank=True, db_default="", default="", editable=False),
        ),
        AddFieldOnline(
            model_name="incident",
            name="title_folded",
            field=models.TextField(blank=True, db_default="", default="", editable=False),
        ),
        AddFieldOnline(
            model_name="person",
            name="name_folded",
            field=models.TextField(blank=True, db_default="", default="", editable=False),
        ),
    ]
