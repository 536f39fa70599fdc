import django.db.models.deletion
from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

SEVERITIES = [
    (1, "critical", "Critical", "🔴", "Most customers cannot use the product, or data is at risk. Wake people up."),
    (2, "major", "Major", "🟠", "An important part is broken for many customers."),
    (3, "minor", "Minor", "🟡", "Something is broken for a few, or there is a way around it."),
    (4, "trivial", "Trivial", "🔵", "Hardly anybody notices; fix it in working hours."),
]


def seed(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    severity = apps.get_model("incidents", "Severity")
    for rank, key, name, emoji, when in SEVERITIES:
        severity.objects.get_or_create(
            key=key, defaults={"rank": rank, "name": name, "emoji": emoji, "when_to_choose": when}
        )
    apps.get_model("incidents", "Role").objects.get_or_create(
        key="lead",
        defaults={"name": "Lead", "rank": 1, "description": "Decides, delegates, and keeps everybody informed."},
    )


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Counter",
            fields=[
                ("name", models.SlugField(primary_key=True, serialize=False)),
                ("value", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="Role",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(unique=True)),
                ("name", models.CharField(max_length=50)),
                ("description", models.CharField(blank=True, max_length=300)),
                ("rank", models.PositiveSmallIntegerField(default=100)),
            ],
            options={
                "ordering": ["rank", "name"],
            },
        ),
        migrations.CreateModel(
            name="Severity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.SlugField(help_text="What people type in a command", unique=True)),
                ("name", models.CharField(max_length=50)),
                ("rank", models.PositiveSmallIntegerField(help_text="1 is the worst", unique=True)),
                ("emoji", models.CharField(blank=True, max_length=16)),
                ("when_to_choose", models.CharField(blank=True, max_length=200)),
                ("is_active", models.BooleanField(default=True)),
            ],
            options={
                "verbose_name_plural": "severities",
                "ordering": ["rank"],
            },
        ),
        migrations.CreateModel(
            name="Incident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField(editable=False, unique=True)),
                ("title", models.CharField(max_length=200)),
                ("title_folded", models.TextField(blank=True, db_default="", default="", editable=False)),
                ("summary", models.TextField(blank=True, help_text="What we know, for everybody. Markdown.")),
                ("summary_html", models.TextField(blank=True, db_default="", default="", editable=False)),
                ("summary_folded", models.TextField(blank=True, db_default="", default="", editable=False)),
                ("impact", models.TextField(blank=True, help_text="Who is affected and how. Markdown.")),
                ("impact_html", models.TextField(blank=True, db_default="", default="", editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("live", "Live incident"), ("report", "Report only"), ("drill", "Drill")],
                        default="live",
                        max_length=10,
                    ),
                ),
                (
                    "status",
                    models.CharField(
                        choices=[
                            ("investigating", "Investigating"),
                            ("identified", "Identified"),
                            ("monitoring", "Monitoring"),
                            ("resolved", "Resolved"),
                            ("canceled", "Canceled"),
                            ("merged", "Merged"),
                        ],
                        default="investigating",
                        max_length=15,
                    ),
                ),
                ("private", models.BooleanField(default=False)),
                ("started_at", models.DateTimeField(help_text="When the trouble began")),
                ("reported_at", models.DateTimeField(help_text="When somebody declared it")),
                ("mitigated_at", models.DateTimeField(blank=True, null=True)),
                ("resolved_at", models.DateTimeField(blank=True, null=True)),
                (
                    "set_aside_at",
                    models.DateTimeField(blank=True, help_text="When it was canceled or merged", null=True),
                ),
                (
                    "field_values",
                    models.JSONField(
                        blank=True,
                        db_default=models.Value({}, models.JSONField()),
                        default=dict,
                        help_text="What its custom fields say, by name; also of fields that are gone",
                    ),
                ),
                (
                    "fields_html",
                    models.JSONField(
                        blank=True, db_default=models.Value({}, models.JSONField()), default=dict, editable=False
                    ),
                ),
                (
                    "fields_folded",
                    models.JSONField(
                        blank=True, db_default=models.Value({}, models.JSONField()), default=dict, editable=False
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0, help_text="seq of the newest timeline entry")),
                (
                    "projected_version",
                    models.PositiveIntegerField(default=0, help_text="seq up to which followers have been told"),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merged_here",
                        to="incidents.incident",
                    ),
                ),
                (
                    "reporter",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reported", to="people.person"
                    ),
                ),
                (
                    "severity",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="incidents.severity",
                    ),
                ),
            ],
            options={
                "ordering": ["-number"],
            },
        ),
        migrations.CreateModel(
            name="Action",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField()),
                ("html", models.TextField(blank=True, db_default="", default="", editable=False)),
                (
                    "priority",
                    models.CharField(
                        choices=[("high", "High"), ("normal", "Normal"), ("low", "Low")],
                        default="normal",
                        max_length=10,
                    ),
                ),
                (
                    "type",
                    models.CharField(
                        choices=[("fix", "Fix now"), ("follow_up", "Follow-up"), ("investigate", "Investigate")],
                        default="follow_up",
                        max_length=15,
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("redacted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.person",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="actions",
                        to="people.person",
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="actions", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "ordering": ["created_at", "pk"],
            },
        ),
        migrations.CreateModel(
            name="TimelineEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("seq", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opened", "Declared"),
                            ("title_changed", "Title changed"),
                            ("summary_changed", "Summary changed"),
                            ("impact_changed", "Impact changed"),
                            ("severity_changed", "Severity changed"),
                            ("kind_changed", "Kind changed"),
                            ("started_at_changed", "Start time changed"),
                            ("field_changed", "Field changed"),
                            ("status_changed", "Status changed"),
                            ("resolved", "Resolved"),
                            ("canceled", "Canceled"),
                            ("merged", "Merged"),
                            ("merged_here", "Another merged into it"),
                            ("merge_undone", "Merge undone"),
                            ("reopened", "Reopened"),
                            ("lead_assigned", "Lead assigned"),
                            ("lead_removed", "Lead removed"),
                            ("role_assigned", "Role assigned"),
                            ("role_removed", "Role removed"),
                            ("member_invited", "Invited"),
                            ("member_removed", "Access ended"),
                            ("made_private", "Made private"),
                            ("made_public", "Made public"),
                            ("update_posted", "Update"),
                            ("channel_requested", "Channel requested"),
                            ("link_added", "Link added"),
                            ("participant_joined", "Participant joined"),
                            ("pin_added", "Message pinned"),
                            ("pin_changed", "Pinned message edited"),
                            ("pin_removed", "Pin removed"),
                            ("note_added", "Note"),
                            ("note_corrected", "Note corrected"),
                            ("note_withdrawn", "Note withdrawn"),
                            ("action_added", "Action added"),
                            ("action_completed", "Action completed"),
                            ("trouble", "Something did not work"),
                            ("redacted", "Text redacted"),
                        ],
                        max_length=30,
                    ),
                ),
                ("happened_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField()),
                ("text", models.TextField(help_text="A sentence about it, Markdown")),
                ("html", models.TextField(blank=True, db_default="", default="", editable=False)),
                (
                    "data",
                    models.JSONField(
                        default=dict, help_text="The new values, so that replaying gives the present state"
                    ),
                ),
                (
                    "actor",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="entries", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "timeline entries",
                "ordering": ["incident", "seq"],
            },
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.SlugField()),
                ("label", models.CharField(max_length=200)),
                ("url", models.URLField(max_length=1000)),
                ("added_at", models.DateTimeField()),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="incidents.incident"
                    ),
                ),
            ],
            options={
                "ordering": ["pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "kind", "url"), name="a_link_is_added_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Member",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("is_in_channel", models.BooleanField(default=False)),
                ("since", models.DateTimeField()),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="incidents.incident"
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="people.person"
                    ),
                ),
            ],
            options={
                "ordering": ["since", "pk"],
                "constraints": [models.UniqueConstraint(fields=("incident", "person"), name="a_member_is_listed_once")],
            },
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("first_seen_at", models.DateTimeField()),
                ("last_seen_at", models.DateTimeField()),
                ("message_count", models.PositiveIntegerField(default=0)),
                (
                    "left_at",
                    models.DateTimeField(
                        help_text="When they left the channel, or were left out, and have not come back since",
                        null=True,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participants",
                        to="incidents.incident",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="participations", to="people.person"
                    ),
                ),
            ],
            options={
                "ordering": ["first_seen_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "person"), name="a_participant_is_listed_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Pin",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("source", models.CharField(max_length=100)),
                ("text", models.TextField(help_text="Markdown")),
                ("html", models.TextField(blank=True, db_default="", default="", editable=False)),
                (
                    "author_name",
                    models.CharField(
                        blank=True, db_default="", default="", help_text="The program that said it", max_length=200
                    ),
                ),
                ("said_at", models.DateTimeField()),
                ("permalink", models.URLField(blank=True, max_length=1000)),
                ("files", models.JSONField(default=list, help_text='[{"name": …, "url": …}]')),
                ("pinned_at", models.DateTimeField()),
                ("removed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "redacted_at",
                    models.DateTimeField(
                        blank=True, help_text="Later edits of the message are not followed", null=True
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="pins", to="incidents.incident"
                    ),
                ),
                (
                    "pinned_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
            ],
            options={
                "ordering": ["said_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(fields=("incident", "source"), name="a_message_is_pinned_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="RoleAssignment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("assigned_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "assigned_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="role_assignments",
                        to="incidents.incident",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="role_assignments", to="people.person"
                    ),
                ),
                (
                    "role",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="incidents.role"
                    ),
                ),
            ],
            options={
                "ordering": ["assigned_at", "pk"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at", None)),
                        fields=("incident", "role", "person"),
                        name="one_present_assignment",
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(fields=["status", "-number"], name="incident_status"),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(fields=["reported_at"], name="incident_reported"),
        ),
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                condition=models.Q(("version__gt", models.F("projected_version"))),
                fields=["id"],
                name="incident_with_unread_news",
            ),
        ),
        migrations.AddIndex(
            model_name="timelineentry",
            index=models.Index(fields=["incident", "happened_at", "seq"], name="entries_as_they_happened"),
        ),
        migrations.AddIndex(
            model_name="timelineentry",
            index=models.Index(fields=["incident", "kind", "seq"], name="entries_of_a_kind"),
        ),
        migrations.AddConstraint(
            model_name="timelineentry",
            constraint=models.UniqueConstraint(fields=("incident", "seq"), name="entries_are_numbered"),
        ),
        migrations.RunPython(seed, migrations.RunPython.noop),
    ]
