from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("slackbot", "0007_comings_and_goings")]

    operations = [
        migrations.AddField(
            model_name="slackuser",
            name="home_at",
            field=models.DateTimeField(
                help_text="When their Home tab was drawn; what it showed then is there still", null=True
            ),
        ),
    ]
