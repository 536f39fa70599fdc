from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("incidents", "0008_html")]

    operations = [
        migrations.AddField(
            model_name="participant",
            name="left_at",
            field=models.DateTimeField(
                help_text="When they left the channel, or were left out, and have not come back since", null=True
            ),
        ),
    ]
