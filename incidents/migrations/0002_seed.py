from django.apps.registry import Apps
from django.db import migrations
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
    dependencies = [("incidents", "0001_initial")]

    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
