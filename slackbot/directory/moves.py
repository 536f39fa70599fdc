"""Follow a channel that has a new name or a new id in Slack."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.db.models import Model, TextField
from django.db.models.functions import Cast

from incidents import services
from incidents.models import Incident, Link
from slackbot.directory import workspace
from slackbot.models import CommsChannel, Headline, InboxEntry, Kept, OutboxEntry, Workspace

# Columns with channel ids, in JSON and in the keys that order rows.
STORED: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (InboxEntry, ("payload", "answer", "order_key")),
    (OutboxEntry, ("args", "result", "order_key", "error")),
    (Kept, ("data",)),
)


def rename(incident: Incident, channel_id: str, name: str) -> None:
    """Store the new name of the incident's channel, and show it on the web as well."""
    name = name[:80]
    CommsChannel.objects.filter(channel_id=channel_id).update(name=name)
    url = workspace.channel_link(channel_id)
    services.relabel_link(incident, kind=Link.CHANNEL, url=url, label=f"#{name}")


@transaction.atomic
def move(old: str, new: str) -> None:
    """Replace a channel's old id by its new one wherever it is stored. A second run changes nothing."""
    CommsChannel.objects.filter(channel_id=old).update(channel_id=new)
    Headline.objects.filter(channel_id=old).update(channel_id=new)
    Workspace.objects.filter(incident_channel_id=old).update(incident_channel_id=new)
    services.readdress_links(old=workspace.channel_link(old), new=workspace.channel_link(new))
    replaced = _replacing(old, new)
    for model, columns in STORED:
        for column in columns:
            found = model._base_manager.annotate(found_in=Cast(column, TextField())).filter(found_in__contains=old)
            for pk in found.values_list("pk", flat=True):
                row = model._base_manager.select_for_update().only(column).filter(pk=pk).first()
                if row is None:
                    continue
                kept = getattr(row, column)
                changed = replaced(kept)
                if changed != kept:
                    model._base_manager.filter(pk=row.pk).update(**{column: changed})
    workspace.forget_everything()


def _replacing(old: str, new: str) -> Callable[[Any], Any]:
    whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(old)}(?![A-Za-z0-9])")

    def replaced(value: Any) -> Any:
        match value:
            case str():
                return whole.sub(new, value)
            case dict():
                return {name: replaced(each) for name, each in value.items()}
            case list():
                return [replaced(each) for each in value]
            case _:
                return value

    return replaced
