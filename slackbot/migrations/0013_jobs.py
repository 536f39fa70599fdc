"""Leave heartbeats, switches and operators' entries to the package `jobs`. The tables stay as they are."""

from django.db import migrations, models
from django.db.models import Q


def tier():
    return models.PositiveSmallIntegerField(
        db_default=0, default=0, help_text="How soon we can do without it: see jobs.switches"
    )


class Migration(migrations.Migration):
    dependencies = [
        ("slackbot", "0012_scheduled_work"),
        ("jobs", "0001_initial"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.DeleteModel(name="Beat"),
                migrations.DeleteModel(name="Switch"),
                migrations.DeleteModel(name="OperatorEntry"),
                migrations.AlterField(model_name="inboxentry", name="tier", field=tier()),
                migrations.AlterField(model_name="outboxentry", name="tier", field=tier()),
                migrations.RemoveIndex(model_name="inboxentry", name="inbox_queue"),
                migrations.RenameField(model_name="inboxentry", old_name="lane", new_name="queue"),
                migrations.AlterField(
                    model_name="inboxentry",
                    name="queue",
                    field=models.CharField(
                        db_column="lane",
                        default="inbox",
                        help_text="Plugins run in a process of their own",
                        max_length=10,
                    ),
                ),
                migrations.AddIndex(
                    model_name="inboxentry",
                    index=models.Index(
                        fields=["queue", "priority", "id"], condition=Q(is_open=True), name="inbox_queue"
                    ),
                ),
            ],
        ),
    ]
