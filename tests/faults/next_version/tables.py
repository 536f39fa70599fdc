"""An index, a column that may be empty, one with a default of the database's, and a table."""

from __future__ import annotations

from django.db import models

from incidents.models import Incident
from slackbot.models import InboxEntry, OutboxEntry

NAME = "next"

Incident.add_to_class("forecast", models.CharField(max_length=100, null=True))
for table in (InboxEntry, OutboxEntry):
    written_by = models.CharField(max_length=20, default=NAME, db_default="")
    table.add_to_class("written_by", written_by)
InboxEntry._meta.indexes = [*InboxEntry._meta.indexes, models.Index(fields=["written_by"], name="inbox_writers")]


class Remark(models.Model):
    """A message that the next version's handler has seen."""

    incident = models.ForeignKey(Incident, on_delete=models.PROTECT, related_name="remarks")
    ts = models.CharField(max_length=20)

    class Meta:
        app_label = "slackbot"

    def __str__(self) -> str:
        return self.ts
