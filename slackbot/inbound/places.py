"""Where somebody is: the incident of a channel, or of a block that names it."""

from __future__ import annotations

import re
from typing import Final

from django.db.models import CharField, IntegerField, QuerySet

from incidents import access, queries
from incidents.models import Incident
from jobs.compiled_queries import Read, Slot
from jobs.work_log import note
from people.actors import SYSTEM, Viewer

INCIDENT_BLOCK: Final = re.compile(r"incident-(\d{1,9})(?:-.*)?")


def _brief() -> QuerySet[Incident]:
    """Return a query that reads an incident as briefly as possible, as somebody waits."""
    brief = queries.incidents(queries.SYSTEM).select_related(None).prefetch_related(None).order_by()
    return brief.select_related("severity", "comms_channel")  # most commands look at these


_OF_CHANNEL: Final = Read(lambda: _brief().filter(comms_channel__channel_id=Slot("channel_id", CharField())))
_OF_NUMBER: Final = Read(lambda: _brief().filter(number=Slot("number", IntegerField())))


def incident_of(channel_id: str, *, viewer: Viewer = SYSTEM) -> Incident | None:
    """Return the incident whose channel this is, if it exists for `viewer`."""
    return for_viewer(_noted(_OF_CHANNEL.first(channel_id=channel_id)), viewer) if channel_id else None


def for_viewer(incident: Incident | None, viewer: Viewer) -> Incident | None:
    """Return the incident if it exists for `viewer`."""
    return incident if incident is not None and access.may(viewer, access.CHANGE, incident) else None


def incident_of_block(block_id: str) -> Incident | None:
    """Return the incident that the id of a button's block names."""
    match = INCIDENT_BLOCK.fullmatch(block_id)
    return _noted(_OF_NUMBER.first(number=int(match[1]))) if match else None


def _noted(incident: Incident | None) -> Incident | None:
    """Have the log name the incident."""
    if incident is not None:
        note(incident=incident.reference)
    return incident
