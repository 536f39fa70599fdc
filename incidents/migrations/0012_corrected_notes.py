"""Know corrected notes. Build the indexes of the timeline and fold the texts that are there, while people write.

None of it holds a table, and each row is folded by itself. It can be interrupted, and running it again goes on: rows that
are not folded yet are found by their plain texts.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

from incidents.schema import AddIndexOnline
from incidents.texts import without_escapes
from people.texts import folded

BATCH = 500  # rows that are read at once


def fold(apps: Any, schema_editor: Any) -> None:
    for name, of, make in (("Person", "name", _folded_person), ("Incident", "title", _folded_incident)):
        rows = apps.get_model("incidents", name).objects.order_by("pk")
        last = 0
        while batch := list(rows.filter(**{"pk__gt": last, f"{of}_folded": ""})[:BATCH]):
            for row in batch:
                as_read, values = make(row)
                # A row that changed in the meantime is folded by that change, or when its page is shown.
                rows.filter(pk=row.pk, **as_read).update(**values)
            last = batch[-1].pk


def _folded_person(person: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"name": person.name}, {"name_folded": folded(person.name)}


def _folded_incident(incident: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    as_read = {"version": incident.version, "title": incident.title, "summary": incident.summary}
    texts = {name: each for name, each in incident.field_values.items() if isinstance(each, str | list)}
    fields = {
        name: folded(without_escapes(each) if isinstance(each, str) else "\n".join(map(str, each)))
        for name, each in texts.items()
    }
    return as_read, {
        "title_folded": folded(incident.title),
        "summary_folded": folded(without_escapes(incident.summary)),
        "fields_folded": fields,
    }


class Migration(migrations.Migration):
    atomic = False

    dependencies = [
        ("incidents", "0011_words"),
    ]

    operations = [
        migrations.AlterField(
            model_name="timelineentry",
            name="kind",
            field=models.CharField(
                choices=[
                    ("opened", "Declared"),
                    ("title_changed", "Title changed"),
                    ("summary_changed", "Summary changed"),
                    ("impact_changed", "Impact changed"),
                    ("severity_changed", "Severity changed"),
                    ("kind_changed", "Kind changed"),
                    ("started_at_changed", "Start time changed"),
                    ("field_changed", "Field changed"),
                    ("status_changed", "Status changed"),
                    ("resolved", "Resolved"),
                    ("canceled", "Canceled"),
                    ("merged", "Merged"),
                    ("merged_here", "Another merged into it"),
                    ("merge_undone", "Merge undone"),
                    ("reopened", "Reopened"),
                    ("lead_assigned", "Lead assigned"),
                    ("lead_removed", "Lead removed"),
                    ("role_assigned", "Role assigned"),
                    ("role_removed", "Role removed"),
                    ("member_invited", "Invited"),
                    ("member_removed", "Access ended"),
                    ("made_private", "Made private"),
                    ("made_public", "Made public"),
                    ("update_posted", "Update"),
                    ("channel_requested", "Channel requested"),
                    ("link_added", "Link added"),
                    ("participant_joined", "Participant joined"),
                    ("pin_added", "Message pinned"),
                    ("pin_changed", "Pinned message edited"),
                    ("pin_removed", "Pin removed"),
                    ("note_added", "Note"),
                    ("note_corrected", "Note corrected"),
                    ("note_withdrawn", "Note withdrawn"),
                    ("action_added", "Action added"),
                    ("action_completed", "Action completed"),
                    ("trouble", "Something did not work"),
                    ("redacted", "Text redacted"),
                ],
                max_length=30,
            ),
        ),
        AddIndexOnline(
            model_name="timelineentry",
            index=models.Index(fields=["incident", "happened_at", "seq"], name="entries_as_they_happened"),
        ),
        AddIndexOnline(
            model_name="timelineentry",
            index=models.Index(fields=["incident", "kind", "seq"], name="entries_of_a_kind"),
        ),
        migrations.RunPython(fold, migrations.RunPython.noop),
    ]
