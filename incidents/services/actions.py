"""Keep action items."""

from __future__ import annotations

from datetime import datetime

from incidents import access, entries, times, vetoes
from incidents.locking import lock
from incidents.models import Action, Incident
from incidents.recording import record
from incidents.services.checking import check_can, checked_text
from people.errors import InvalidValue, NotFound, Unchanged
from people.models import Person


@vetoes.change
def add_action(
    incident: Incident,
    *,
    text: str,
    by: Person,
    at: datetime,
    owner: Person | None = None,
    priority: Action.Priority = Action.Priority.NORMAL,
    type: Action.Type = Action.Type.FOLLOW_UP,
    due_at: datetime | None = None,
) -> Action:
    """Note a follow-up."""
    lock(incident, by=by)
    text = checked_text(text, field="action")
    if not text:
        raise InvalidValue("Describe the action item.", field="action")
    if owner is not None:
        check_can(owner, "own an action item", field="owner")
        if not access.may(owner, access.SEE, incident):
            raise InvalidValue(f"{owner} can't see {incident.reference}. Invite them first.", field="owner")
    if due_at is not None:
        times.checked(due_at, field="due_at")
    action = Action.objects.create(
        incident=incident,
        text=text,
        owner=owner,
        priority=priority,
        type=type,
        due_at=due_at,
        created_by=by,
        created_at=at,
    )
    entry = entries.ActionAdded(
        action=action.pk,
        owner=owner.pk if owner else None,
        priority=action.priority,
        type=action.type,
        due_at=due_at,
        words=text,
    )
    record(incident, entry, by=by, at=at)
    return action


@vetoes.change
def complete_action(incident: Incident, *, action: Action, by: Person, at: datetime) -> None:
    lock(incident, by=by)
    action.refresh_from_db()
    if action.incident_id != incident.pk:
        raise NotFound(f"{incident.reference} has no such action item.")
    if action.done_at is not None:
        raise Unchanged("That action item is already done.")
    action.done_at, action.done_by = at, by
    action.save(update_fields=["done_at", "done_by"])
    record(incident, entries.ActionCompleted(action=action.pk, words=action.text), by=by, at=at)
