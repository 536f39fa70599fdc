import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("name_folded", models.TextField(blank=True, db_default="", default="", editable=False)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                ("is_active", models.BooleanField(default=True)),
                ("is_bot", models.BooleanField(default=False)),
                (
                    "is_guest",
                    models.BooleanField(
                        db_default=False, default=False, help_text="Sees only what they were invited to"
                    ),
                ),
                (
                    "erased_at",
                    models.DateTimeField(blank=True, help_text="When their name was removed for good", null=True),
                ),
                (
                    "login",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="person",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "people",
                "ordering": ["name", "pk"],
            },
        ),
    ]
