import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0010_members_of_private_incidents"),
        ("slackbot", "0011_names"),
    ]

    operations = [
        migrations.CreateModel(
            name="Scheduled",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "key",
                    models.CharField(help_text="What was asked for once is kept once", max_length=200, unique=True),
                ),
                ("handler", models.CharField(max_length=200)),
                ("due_at", models.DateTimeField()),
                ("data", models.JSONField(default=dict, help_text="What the handler gets")),
                ("turns", models.PositiveIntegerField(default=0, help_text="How often periodic work was handed over")),
                ("is_open", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField()),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.person"
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "scheduled",
                "indexes": [
                    models.Index(condition=models.Q(("is_open", True)), fields=["due_at"], name="scheduled_due")
                ],
            },
        ),
    ]
