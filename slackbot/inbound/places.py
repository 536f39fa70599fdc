"""Where somebody is: the incident of a channel, or of a block that names it."""

from __future__ import annotations

import re
from typing import Any, Final

from incidents import access, queries
from incidents.access import SYSTEM, Act, Viewer
from incidents.models import Incident
from jobs.work_log import note

INCIDENT_BLOCK: Final = re.compile(r"incident-(\d{1,9})(?:-.*)?")


def incident_of(channel_id: str, *, viewer: Viewer = SYSTEM) -> Incident | None:
    """Return the incident whose channel this is, if it exists for `viewer`."""
    if not channel_id:
        return None
    incident = _found(comms_channel__channel_id=channel_id)
    return incident if incident is not None and access.may(viewer, Act.CHANGE, incident) else None


def incident_of_block(block_id: str) -> Incident | None:
    """Return the incident that the id of a button's block names."""
    match = INCIDENT_BLOCK.fullmatch(block_id)
    return _found(number=int(match[1])) if match else None


def _found(**where: Any) -> Incident | None:
    """Read an incident as briefly as possible, as somebody waits, and have the log say which one it is."""
    brief = queries.incidents(queries.SYSTEM).select_related(None).prefetch_related(None).order_by()
    incident = brief.filter(**where).first()
    if incident is not None:
        note(incident=incident.reference)
    return incident
