import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Follow the model of people to its new app. The database stays as it is."""

    dependencies = [
        ("incidents", "0012_corrected_notes"),
        ("people", "0001_initial"),
    ]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterField(
                    model_name="action",
                    name="created_by",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                migrations.AlterField(
                    model_name="action",
                    name="done_by",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="people.person",
                    ),
                ),
                migrations.AlterField(
                    model_name="action",
                    name="owner",
                    field=models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="actions",
                        to="people.person",
                    ),
                ),
                migrations.AlterField(
                    model_name="incident",
                    name="reporter",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="reported", to="people.person"
                    ),
                ),
                migrations.AlterField(
                    model_name="member",
                    name="invited_by",
                    field=models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                migrations.AlterField(
                    model_name="member",
                    name="person",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="memberships", to="people.person"
                    ),
                ),
                migrations.AlterField(
                    model_name="participant",
                    name="person",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="participations", to="people.person"
                    ),
                ),
                migrations.AlterField(
                    model_name="pin",
                    name="author",
                    field=models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                migrations.AlterField(
                    model_name="pin",
                    name="pinned_by",
                    field=models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                migrations.AlterField(
                    model_name="roleassignment",
                    name="assigned_by",
                    field=models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                migrations.AlterField(
                    model_name="roleassignment",
                    name="person",
                    field=models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="role_assignments", to="people.person"
                    ),
                ),
                migrations.AlterField(
                    model_name="timelineentry",
                    name="actor",
                    field=models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.person"
                    ),
                ),
                migrations.DeleteModel(name="Person"),
            ],
        ),
    ]
