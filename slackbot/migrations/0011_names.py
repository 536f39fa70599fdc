from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("slackbot", "0010_closed_channels")]

    operations = [
        migrations.CreateModel(
            name="SlackName",
            fields=[
                ("slack_id", models.CharField(max_length=20, primary_key=True, serialize=False)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("asked_at", models.DateTimeField()),
            ],
        ),
    ]
