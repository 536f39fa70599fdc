"""Make an incident private or public."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from incidents import access, entries, queries, vetoes
from incidents.locking import lock
from incidents.models import Incident
from incidents.recording import record
from incidents.services.checking import check_can
from incidents.services.members import invite
from incidents.services.participation import take_part
from people.errors import Unchanged
from people.models import Person


@vetoes.change
def make_private(
    incident: Incident,
    *,
    by: Person,
    at: datetime,
    members: Sequence[Person] | None = None,
    preselected: Collection[int] = (),
) -> None:
    """Hide it from everybody who does not belong to it: see `incidents.access`.

    It stays visible to its reporter, to the people with a role, to `by`, and to `members`, who are invited; by default
    to all `queries.people_inside`. `preselected` are the primary keys that a form offered as chosen: of these, somebody
    who left since is not invited. Raise `InvalidValue` when bots or deactivated people are among `members`.
    """
    lock(incident, by=by)
    access.check(by, access.SHARE, incident)
    if incident.private:
        raise Unchanged(f"{incident.reference} is already private.")
    for person in members or []:
        check_can(person, "be invited", field="people")
    chosen = _chosen_now(incident, members, preselected)
    incident.private = True
    incident.save(update_fields=["private"])
    # Somebody who was invited before and is not chosen now must not keep access by accident.
    incident.members.exclude(person__in=chosen).delete()
    for person in dict.fromkeys([by, *chosen]):
        invite(incident, person, by=by, at=at)
    take_part(incident, by, at=at)
    holders = incident.role_assignments.filter(ended_at=None).values("person")
    left_out = incident.participants.filter(left_at=None).exclude(person=incident.reporter)
    left_out.exclude(person__in=incident.members.values("person")).exclude(person__in=holders).update(left_at=at)
    record(incident, entries.MadePrivate(members=[person.pk for person in chosen]), by=by, at=at)


def _chosen_now(incident: Incident, members: Sequence[Person] | None, preselected: Collection[int]) -> list[Person]:
    if members is None:
        return queries.people_inside(incident)
    gone = set(preselected)
    if gone:
        gone -= {person.pk for person in queries.people_inside(incident)}
    return [person for person in members if person.pk not in gone]


@vetoes.change
def make_public(incident: Incident, *, by: Person, at: datetime) -> None:
    lock(incident, by=by)
    access.check(by, access.SHARE, incident)
    if not incident.private:
        raise Unchanged(f"{incident.reference} is not private.")
    incident.private = False
    incident.save(update_fields=["private"])
    record(incident, entries.MadePublic(), by=by, at=at)
