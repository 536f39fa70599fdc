"""Who may do what to incidents. `may` and `check` are those of `people.access`: the one check behind every interface.

- An ordinary member of the workspace sees and changes every incident that isn't private, and may declare.
- A guest sees and changes only the incidents they belong to, sees only the people of those, and may not declare, make
  an incident private or public, or remove others from one.
- A private incident exists only for those who belong to it: its reporter, the people with a role in it, and its
  `Member` rows: people invited by a member, and the members of its private channel while they are members.
"""

from __future__ import annotations

from typing import Final

from django.db.models import Exists, OuterRef, Q

from incidents.models import Incident, Member, RoleAssignment
from people.access import Act, is_full_member
from people.access import check as check
from people.access import may as may
from people.actors import Viewer
from people.errors import NotAllowed, NotFound, Refusal
from people.models import Person


def _sees(person: Person, incident: Incident) -> bool:
    return (not incident.private and not person.is_guest) or belongs(person, incident)


def _shares(person: Person, incident: Incident) -> bool:
    return shares_what_they_see(person) and _sees(person, incident)


def _refusal(person: Viewer, incident: Incident) -> Refusal:
    """Return that there is no such incident: everybody who sees it may change it."""
    return NotFound(f"There is no incident {incident.reference}.")


def _refusal_to_share(person: Viewer, incident: Incident) -> Refusal:
    if not may(person, SEE, incident):
        return _refusal(person, incident)
    return NotAllowed("Guests can't change who sees an incident. Ask a full member of this workspace.")


SEE: Final = Act("see", _sees, _refusal)
CHANGE: Final = Act("change", _sees, _refusal)
# Change who can see it, other than by an invitation.
SHARE: Final = Act("share", _shares, _refusal_to_share)
DECLARE: Final = Act("declare", is_full_member)


def shares_what_they_see(person: Person) -> bool:
    """Return whether a person who sees an incident may change who else sees it."""
    return is_full_member(person)


def belongs(person: Person, incident: Incident) -> bool:
    """Return whether a private incident exists for `person`."""
    return (
        incident.reporter_id == person.pk
        or RoleAssignment.objects.filter(incident=incident, person=person, ended_at=None).exists()
        or Member.objects.filter(incident=incident, person=person).exists()
    )


def visible_to(viewer: Person) -> Q:
    """Return the condition for the incidents for which `may(viewer, SEE, …)` is true."""
    # Subqueries per incident, because a join would count an incident several times.
    belongs_to = (
        Q(reporter=viewer)
        | Q(pk__in=Member.objects.filter(person=viewer).values("incident"))
        | Q(Exists(RoleAssignment.objects.filter(incident=OuterRef("pk"), person=viewer, ended_at=None)))
    )
    return belongs_to if viewer.is_guest else Q(private=False) | belongs_to
