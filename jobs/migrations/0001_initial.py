import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Heartbeat",
            fields=[
                ("name", models.CharField(help_text="queue@host", max_length=200, primary_key=True, serialize=False)),
                ("seen_at", models.DateTimeField()),
                ("findings", models.JSONField(default=list, help_text="What it last found wrong; the auditor's only")),
            ],
        ),
        migrations.CreateModel(
            name="Switch",
            fields=[
                ("key", models.CharField(max_length=220, primary_key=True, serialize=False)),
                ("is_off", models.BooleanField(default=True)),
                ("tier", models.PositiveSmallIntegerField(null=True)),
                (
                    "subject",
                    models.CharField(
                        blank=True, help_text="The key without its prefix, as queries compare it", max_length=200
                    ),
                ),
                ("why", models.TextField(blank=True)),
                ("changed_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="OperatorEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("door", models.CharField(help_text="How it came: web, command line, Slack, auditor", max_length=20)),
                ("text", models.TextField()),
                (
                    "actor",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "operator entries",
                "indexes": [models.Index(fields=["-at"], name="operators_latest")],
            },
        ),
    ]
