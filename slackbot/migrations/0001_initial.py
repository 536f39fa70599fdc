import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("incidents", "0001_initial"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Gate",
            fields=[
                ("key", models.CharField(max_length=100, primary_key=True, serialize=False)),
                ("closed_until", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="LastSaid",
            fields=[
                ("key", models.CharField(max_length=250, primary_key=True, serialize=False)),
                ("said_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="SlackName",
            fields=[
                ("slack_id", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("asked_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="WithheldMinute",
            fields=[
                ("minute", models.DateTimeField(primary_key=True, serialize=False)),
                ("heard_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Workspace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("team_id", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=200)),
                ("url", models.URLField()),
                ("bot_user_id", models.CharField(max_length=20)),
                ("bot_id", models.CharField(max_length=20)),
                (
                    "app_id",
                    models.CharField(
                        blank=True, db_default="", help_text="Empty while Slack has not told it", max_length=20
                    ),
                ),
                ("incident_channel_id", models.CharField(blank=True, max_length=20)),
                (
                    "headlines_named",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="What INCIDENT_CHANNEL was when the channel was found",
                        max_length=100,
                    ),
                ),
                (
                    "headlines_channel",
                    models.CharField(blank=True, db_default="", help_text="Its present name", max_length=100),
                ),
                ("headlines_is_private", models.BooleanField(db_default=False, default=False)),
                (
                    "headlines_trouble",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="Slack's error, while headlines cannot be posted",
                        max_length=100,
                    ),
                ),
                ("headlines_trouble_at", models.DateTimeField(null=True)),
                ("people_synced_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.CreateModel(
            name="CommsChannel",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel_id", models.CharField(max_length=20, unique=True)),
                ("name", models.CharField(max_length=80)),
                ("bookmark_id", models.CharField(blank=True, max_length=20)),
                (
                    "invited",
                    models.JSONField(
                        default=list, help_text="Slack ids we asked in once; who left by choice stays away"
                    ),
                ),
                ("quiet_until", models.DateTimeField(help_text="No reminders before this", null=True)),
                (
                    "is_private",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        help_text="Its members belong to the incident while they are in it",
                    ),
                ),
                (
                    "frozen_at",
                    models.DateTimeField(
                        help_text="Since when we are not in it any more and cannot see who comes and goes", null=True
                    ),
                ),
                (
                    "closed_as",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="Why we cannot post there: see slackbot.outbound.closures",
                        max_length=10,
                    ),
                ),
                ("closed_at", models.DateTimeField(null=True)),
                (
                    "comings_and_goings",
                    models.PositiveIntegerField(
                        db_default=0,
                        default=0,
                        help_text="How many Slack told us of: a list of members from before the newest is old",
                    ),
                ),
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="comms_channel",
                        to="incidents.incident",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="InboxEntry",
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
                (
                    "key",
                    models.CharField(help_text="The same delivery twice has the same key", max_length=200, unique=True),
                ),
                (
                    "queue",
                    models.CharField(default="inbox", help_text="Plugins run in a process of their own", max_length=10),
                ),
                ("kind", models.CharField(max_length=30)),
                ("handler", models.CharField(blank=True, help_text="Which handler it is for", max_length=200)),
                (
                    "plugin",
                    models.CharField(
                        blank=True,
                        db_default="",
                        help_text="Whose handler that is; empty for a built-in",
                        max_length=200,
                    ),
                ),
                ("payload", models.JSONField()),
                ("answer", models.JSONField(help_text="What Slack was answered, for a second delivery", null=True)),
            ],
            options={
                "verbose_name_plural": "inbox entries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("is_open", True)), fields=["queue", "priority", "id"], name="inbox_queue"
                    ),
                    models.Index(condition=models.Q(("is_open", True)), fields=["order_key", "id"], name="inbox_order"),
                    models.Index(condition=models.Q(("is_open", False)), fields=["closed_at"], name="inbox_history"),
                    models.Index(
                        condition=models.Q(("given_up_at__isnull", False)),
                        fields=["given_up_at"],
                        name="inbox_given_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Kept",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("data", models.JSONField()),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "kept",
                "indexes": [models.Index(fields=["created_at"], name="kept_by_age")],
            },
        ),
        migrations.CreateModel(
            name="SlackUser",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("user_id", models.CharField(max_length=20, unique=True)),
                ("handle", models.CharField(max_length=200)),
                ("dm_channel_id", models.CharField(blank=True, max_length=20)),
                (
                    "home_at",
                    models.DateTimeField(
                        help_text="When their Home tab was drawn; what it showed then is there still", null=True
                    ),
                ),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="slack", to="people.person"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Headline",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel_id", models.CharField(max_length=20)),
                ("ts", models.CharField(max_length=20)),
                (
                    "incident",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="headline", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("channel_id", "ts"), name="a_message_is_one_headline")],
            },
        ),
        migrations.CreateModel(
            name="OutboxEntry",
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
                ("key", models.CharField(max_length=200, unique=True)),
                ("kind", models.CharField(max_length=30)),
                ("args", models.JSONField(default=dict)),
                ("wanted", models.PositiveIntegerField(default=1)),
                ("expires_at", models.DateTimeField(help_text="Too late to be useful after this", null=True)),
                (
                    "asked_at",
                    models.DateTimeField(
                        help_text="When Slack was first asked without an answer that we know of", null=True
                    ),
                ),
                (
                    "refused_at",
                    models.DateTimeField(
                        help_text="Since when Slack refuses it for a reason of its own; others do not wait for it",
                        null=True,
                    ),
                ),
                ("result", models.JSONField(null=True)),
                (
                    "incident",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.incident",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "outbox entries",
                "indexes": [
                    models.Index(condition=models.Q(("is_open", True)), fields=["priority", "id"], name="outbox_queue"),
                    models.Index(
                        condition=models.Q(("is_open", True)),
                        fields=["order_key", "priority", "id"],
                        name="outbox_order",
                    ),
                    models.Index(condition=models.Q(("is_open", False)), fields=["closed_at"], name="outbox_history"),
                    models.Index(
                        condition=models.Q(("given_up_at__isnull", False)),
                        fields=["given_up_at"],
                        name="outbox_given_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reminder",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("handler", models.CharField(max_length=200)),
                (
                    "turn",
                    models.PositiveIntegerField(
                        default=0, help_text="How often it has spoken since the incident was opened"
                    ),
                ),
                ("looks", models.PositiveIntegerField(default=0, help_text="How often it was asked")),
                (
                    "skips",
                    models.PositiveIntegerField(
                        db_default=0,
                        default=0,
                        help_text="How often it had nothing to say since it last spoke, or something happened",
                    ),
                ),
                ("due_at", models.DateTimeField()),
                ("is_open", models.BooleanField(default=True)),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="reminders", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("is_open", True)), fields=["due_at"], name="reminders_due")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "handler"), name="a_reminder_is_kept_once")
                ],
            },
        ),
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
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
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
