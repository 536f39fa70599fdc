import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Follow the model of people to its new app. The database stays as it is."""

    dependencies = [
        ("people", "0001_initial"),
        ("ui", "0003_tally"),
    ]
    run_before = [("incidents", "0013_people")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="apitoken",
                    name="person",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="api_tokens", to="people.person"
                    ),
                ),
            ],
        ),
    ]
