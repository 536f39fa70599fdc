import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Follow the model of people to its new app. The database stays as it is."""

    dependencies = [
        ("people", "0001_initial"),
        ("slackbot", "0013_jobs"),
    ]
    run_before = [("incidents", "0013_people")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="scheduled",
                    name="asked_by",
                    field=models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                migrations.AlterField(
                    model_name="slackuser",
                    name="person",
                    field=models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="slack", to="people.person"
                    ),
                ),
            ],
        ),
    ]
