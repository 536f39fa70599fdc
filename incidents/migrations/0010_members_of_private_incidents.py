"""Keep people in incidents that were private before private incidents had members.

Before this, everybody who took part could see a private incident. Incidents that have members, or whose members left,
stay as they are, so running it again changes nothing.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations
from django.db.models import Exists, OuterRef


def add_members(apps: Any, schema_editor: Any) -> None:
    incident, participant, member, entry = (
        apps.get_model("incidents", name) for name in ("Incident", "Participant", "Member", "TimelineEntry")
    )
    without = incident.objects.filter(
        ~Exists(member.objects.filter(incident=OuterRef("pk"))),
        ~Exists(entry.objects.filter(incident=OuterRef("pk"), kind="member_removed")),
        private=True,
    )
    took_part = participant.objects.filter(
        incident__in=without.values("pk"),
        left_at=None,
        person__is_active=True,
        person__is_bot=False,
        person__is_guest=False,
    )
    found = took_part.values_list("incident", "person", "first_seen_at")
    rows = [member(incident_id=where, person_id=who, since=since) for where, who, since in found]
    member.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


class Migration(migrations.Migration):
    dependencies = [("incidents", "0009_who_left")]

    operations = [migrations.RunPython(add_members, migrations.RunPython.noop)]
