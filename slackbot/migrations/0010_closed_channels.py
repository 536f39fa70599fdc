from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("slackbot", "0009_refused_rows"),
    ]

    operations = [
        migrations.CreateModel(
            name="WithheldMinute",
            fields=[
                ("minute", models.DateTimeField(primary_key=True, serialize=False)),
                ("heard_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="commschannel",
            name="closed_as",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="Why we cannot post there: see slackbot.outbound.closures",
                max_length=10,
            ),
        ),
        migrations.AddField(
            model_name="commschannel",
            name="closed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="workspace",
            name="headlines_channel",
            field=models.CharField(blank=True, db_default="", help_text="Its present name", max_length=100),
        ),
        migrations.AddField(
            model_name="workspace",
            name="headlines_is_private",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddField(
            model_name="workspace",
            name="headlines_named",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="What INCIDENT_CHANNEL was when the channel was found",
                max_length=100,
            ),
        ),
        migrations.AddField(
            model_name="workspace",
            name="headlines_trouble",
            field=models.CharField(
                blank=True,
                db_default="",
                help_text="Slack's error, while headlines cannot be posted",
                max_length=100,
            ),
        ),
        migrations.AddField(
            model_name="workspace",
            name="headlines_trouble_at",
            field=models.DateTimeField(null=True),
        ),
    ]
