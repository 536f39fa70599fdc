from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("slackbot", "0008_home_tabs")]

    operations = [
        migrations.AddField(
            model_name="outboxentry",
            name="refused_at",
            field=models.DateTimeField(
                help_text="Since when Slack refuses it for a reason of its own; others do not wait for it", null=True
            ),
        ),
    ]
