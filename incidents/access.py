"""Who may do what: the one check behind every interface.

A viewer is a `Person`, None (somebody who isn't signed in) or `SYSTEM` (Response itself).

- Somebody who isn't signed in, or whose account is deactivated, may not do anything.
- An ordinary member of the workspace sees and changes every incident that isn't private, and may declare.
- A guest (a restricted account, somebody from another workspace, or an account that Slack has not described to us yet)
  sees and changes only the incidents they belong to, sees only the people of those, and may not declare, make an
  incident private or public, or remove others from one.
- A private incident exists only for those who belong to it: its reporter, the people with a role in it, and its
  `Member` rows: people invited by a member, and the members of its private channel while they are members.
- Administrators may operate: their account on the web is staff or a superuser. With the sandbox, every member may.
"""

from __future__ import annotations

from enum import Enum, StrEnum
from typing import Final

from django.conf import settings
from django.db.models import Exists, OuterRef, Q

from incidents.models import Incident, Member, RoleAssignment
from people.errors import NotAllowed, NotFound
from people.models import Person


class _System(Enum):
    SYSTEM = "system"


SYSTEM: Final = _System.SYSTEM
Viewer = Person | _System | None


class Act(StrEnum):
    """What somebody may do. `SEE`, `CHANGE` and `SHARE` need an incident, the others don't."""

    SEE = "see"
    CHANGE = "change"
    SHARE = "share"  # change who can see it, other than by an invitation
    DECLARE = "declare"
    USE = "use"  # use what isn't about one incident: the list, help, the Home tab
    OPERATE = "operate"  # switches, failed jobs


def may(person: Viewer, act: Act, incident: Incident | None = None) -> bool:
    """Return whether `person` may do this. `incident` is needed for `SEE`, `CHANGE` and `SHARE`."""
    if person is SYSTEM:
        return True
    if person is None or not person.is_active:
        return False
    match act:
        case Act.DECLARE | Act.USE:
            return not person.is_guest
        case Act.OPERATE:
            return is_administrator(person) or (settings.SANDBOX and not person.is_guest)
        case Act.SEE | Act.CHANGE | Act.SHARE:
            if incident is None:
                raise ValueError(f"May they {act} what? An incident is needed.")
            if act == Act.SHARE and not shares_what_they_see(person):
                return False
            return (not incident.private and not person.is_guest) or belongs(person, incident)


def shares_what_they_see(person: Person) -> bool:
    """Return whether a person who sees an incident may change who else sees it."""
    return not person.is_guest


def check(person: Viewer, act: Act, incident: Incident | None = None) -> None:
    """Raise `NotFound` if the incident doesn't exist for `person`, `NotAllowed` for anything else they may not do."""
    if may(person, act, incident):
        return
    if incident is not None and not may(person, Act.SEE, incident):
        raise NotFound(f"There is no incident {incident.reference}.")
    if act == Act.SHARE:
        raise NotAllowed("Guests can't change who sees an incident. Ask a full member of this workspace.")
    if isinstance(person, Person) and person.is_active and person.is_guest:
        raise NotAllowed("Guests can't do that. Ask a full member of this workspace.")
    raise NotAllowed("You don't have permission to do that. Ask your Response administrator.")


def belongs(person: Person, incident: Incident) -> bool:
    """Return whether a private incident exists for `person`."""
    return (
        incident.reporter_id == person.pk
        or RoleAssignment.objects.filter(incident=incident, person=person, ended_at=None).exists()
        or Member.objects.filter(incident=incident, person=person).exists()
    )


def visible_to(viewer: Person) -> Q:
    """Return the condition for the incidents for which `may(viewer, Act.SEE, …)` is true."""
    # Subqueries per incident, because a join would count an incident several times.
    belongs_to = (
        Q(reporter=viewer)
        | Q(pk__in=Member.objects.filter(person=viewer).values("incident"))
        | Q(Exists(RoleAssignment.objects.filter(incident=OuterRef("pk"), person=viewer, ended_at=None)))
    )
    return belongs_to if viewer.is_guest else Q(private=False) | belongs_to


def may_read_address(viewer: Person, person_id: int) -> bool:
    """Return whether `viewer` may read the e-mail address of the person with this number."""
    return not viewer.is_guest or viewer.pk == person_id


def is_administrator(person: Person) -> bool:
    """Return whether `person` may change what others wrote: their account on the web is staff or a superuser."""
    login = person.login
    return person.is_active and login is not None and login.is_active and (login.is_staff or login.is_superuser)
