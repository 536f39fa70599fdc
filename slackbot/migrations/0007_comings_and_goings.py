from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("slackbot", "0006_private_channels")]

    operations = [
        migrations.AddField(
            model_name="commschannel",
            name="comings_and_goings",
            field=models.PositiveIntegerField(
                db_default=0,
                default=0,
                help_text="How many Slack told us of: a list of members from before the newest is old",
            ),
        ),
    ]
