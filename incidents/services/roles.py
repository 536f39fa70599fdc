"""Give people roles in an incident. The lead is a role like the others."""

from __future__ import annotations

from datetime import datetime

from incidents import entries, vetoes
from incidents.locking import lock
from incidents.models import Incident, Role, RoleAssignment
from incidents.recording import record
from incidents.services.applying import end_lead
from incidents.services.changing import change_value
from incidents.services.checking import check_can, check_open
from incidents.services.participation import take_part
from people.errors import Unchanged, WrongState
from people.models import Person


@vetoes.change
def assign_lead(incident: Incident, *, to: Person, by: Person, at: datetime) -> None:
    """Make `to` the lead, in place of the present one."""
    change_value(incident, "lead", to, by=by, at=at)


@vetoes.change
def take_lead(incident: Incident, *, by: Person, at: datetime) -> None:
    """Make `by` the lead of an open incident that has none, or whose lead was deactivated.

    Raise `WrongState` when somebody leads: two people may take it at the same moment, and neither removes the other.
    """
    lock(incident, by=by)
    check_open(incident, then="take the lead")
    if incident.active_lead not in (None, by):
        raise WrongState(f"{incident.lead} already leads {incident.reference}. To take over, use `@incident lead me`.")
    assign_lead(incident, to=by, by=by, at=at)


@vetoes.change
def remove_lead(incident: Incident, *, by: Person, at: datetime) -> None:
    lock(incident, by=by)
    lead = incident.lead
    if lead is None:
        raise Unchanged(f"{incident.reference} has no lead.")
    end_lead(incident, at=at)
    record(incident, entries.LeadRemoved(name=str(lead)), by=by, at=at)


@vetoes.change
def assign_role(incident: Incident, *, role: Role, to: Person, by: Person, at: datetime) -> None:
    """Give somebody a role, in place of its present holder. The lead is a role like the others."""
    if role.key == Role.LEAD:
        assign_lead(incident, to=to, by=by, at=at)
        return
    lock(incident, by=by)
    check_can(to, f"be {role.name.lower()}", field="role")
    holders = incident.role_assignments.filter(role=role, ended_at=None)
    if holders.filter(person=to).exists():
        raise Unchanged(f"{to} is already {role.name.lower()} of {incident.reference}.")
    holders.update(ended_at=at)
    RoleAssignment.objects.create(incident=incident, role=role, person=to, assigned_at=at, assigned_by=by)
    take_part(incident, to, at=at)
    entry = entries.RoleAssigned(role=role.key, person=to.pk, name=str(to), role_name=role.name)
    record(incident, entry, by=by, at=at)


@vetoes.change
def remove_role(incident: Incident, *, role: Role, by: Person, at: datetime) -> None:
    if role.key == Role.LEAD:
        remove_lead(incident, by=by, at=at)
        return
    lock(incident, by=by)
    if not incident.role_assignments.filter(role=role, ended_at=None).update(ended_at=at):
        raise Unchanged(f"Nobody is {role.name.lower()} of {incident.reference}.")
    record(incident, entries.RoleRemoved(role=role.key, role_name=role.name), by=by, at=at)
