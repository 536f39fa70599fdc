import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("incidents", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Following",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "order_key",
                    models.CharField(help_text="Rows with the same key run one after the other", max_length=200),
                ),
                ("priority", models.PositiveSmallIntegerField()),
                (
                    "tier",
                    models.PositiveSmallIntegerField(
                        db_default=0, default=0, help_text="How soon we can do without it: see jobs.switches"
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("is_open", models.BooleanField(default=True)),
                ("not_before", models.DateTimeField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("lease_owner", models.CharField(blank=True, max_length=200)),
                ("attempts", models.PositiveIntegerField(default=0)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("error", models.TextField(blank=True, help_text="The last one, or why it was given up")),
                (
                    "given_up_at",
                    models.DateTimeField(help_text="Quarantined or refused: a person must look", null=True),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                ("key", models.CharField(help_text="See cursor_key", max_length=200, unique=True)),
                ("queue", models.CharField(max_length=30)),
                ("follower", models.CharField(max_length=100)),
                (
                    "plugin",
                    models.CharField(
                        blank=True, help_text="Whose follower it is; empty for a built-in", max_length=200
                    ),
                ),
                ("seen", models.PositiveIntegerField(help_text="seq of the last entry that was handled")),
                ("until", models.PositiveIntegerField(help_text="seq of the newest entry to handle")),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="followings", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_open", True)),
                        fields=["queue", "priority", "id"],
                        name="following_queue",
                    ),
                    models.Index(
                        condition=models.Q(("is_open", True)), fields=["order_key", "id"], name="following_order"
                    ),
                    models.Index(
                        condition=models.Q(("is_open", False)), fields=["closed_at"], name="following_history"
                    ),
                    models.Index(
                        condition=models.Q(("given_up_at__isnull", False)),
                        fields=["given_up_at"],
                        name="following_given_up",
                    ),
                ],
            },
        ),
        migrations.RemoveIndex(
            model_name="incident",
            name="incident_with_unread_news",
        ),
        # The version before still writes the column, so it stays in the database.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.AlterField("incident", "projected_version", models.PositiveIntegerField(null=True)),
            ],
            state_operations=[migrations.RemoveField("incident", "projected_version")],
        ),
    ]
