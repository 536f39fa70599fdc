"""Find the people whom a viewer knows, and those who belong to an incident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet

from incidents import access
from incidents.models import Incident, Member, Participant, RoleAssignment
from incidents.queries.visible import incidents
from people.actors import SYSTEM, System, Viewer
from people.models import Person


def participants(incident: Incident) -> QuerySet[Participant]:
    """Who took part, in the order in which they came."""
    return Participant.objects.filter(incident=incident).select_related("person")


def members(incident: Incident) -> QuerySet[Member]:
    """Who was invited, or is in the private channel, in the order in which they came."""
    return Member.objects.filter(incident=incident).select_related("person", "invited_by")


@dataclass(frozen=True)
class Insider:
    """Somebody for whom a private incident exists, and why. `member` is None when a role or reporting it suffices."""

    person: Person
    reasons: Sequence[str]
    member: Member | None

    @property
    def can_be_removed(self) -> bool:
        return self.member is not None


def insiders(incident: Incident, *, start: int = 0, count: int | None = None) -> list[Insider]:
    """Return those for whom a private incident exists: the reporter, people with a role, then its members.

    `start` and `count` are for a part of a long list.
    """
    return _insiders(_always_inside(incident), members(incident), start=start, count=count)


def guests_inside(incident: Incident, *, start: int = 0, count: int | None = None) -> list[Insider]:
    """Return the guests for whom a public incident exists, as `insiders` does: everybody else sees it anyhow."""
    belongs = Exists(Member.objects.filter(incident=incident, person=OuterRef("pk"))) | Exists(
        RoleAssignment.objects.filter(incident=incident, person=OuterRef("pk"), ended_at=None)
    )
    if not incident.reporter.is_guest and not Person.objects.filter(belongs, is_guest=True).exists():
        return []  # the usual case, in one query
    fixed = {person: why for person, why in _always_inside(incident).items() if person.is_guest}
    return _insiders(fixed, members(incident).filter(person__is_guest=True), start=start, count=count)


def _always_inside(incident: Incident) -> dict[Person, list[str]]:
    """Return who sees the incident without being invited, and why."""
    reasons: dict[Person, list[str]] = {incident.reporter: ["Reporter"]}
    held = incident.role_assignments.filter(ended_at=None).select_related("person", "role")
    for assignment in held.order_by("role__rank", "assigned_at"):
        reasons.setdefault(assignment.person, []).append(assignment.role.name)
    return reasons


def _insiders(
    reasons: Mapping[Person, list[str]], invited: QuerySet[Member], *, start: int, count: int | None
) -> list[Insider]:
    fixed = [Insider(person, why, None) for person, why in reasons.items()]
    end = None if count is None else start + count
    invited = invited.exclude(person__in=list(reasons))
    before, after = max(0, start - len(fixed)), None if end is None else max(0, end - len(fixed))
    return [*fixed[start:end], *(Insider(each.person, _why_member(each), each) for each in invited[before:after])]


def _why_member(member: Member) -> list[str]:
    why = ["In the channel"] if member.is_in_channel else []
    return [*why, f"Invited by {member.invited_by}"] if member.invited_by else why


def people_inside(incident: Incident) -> list[Person]:
    """Return the people to whom the incident stays visible when it becomes private.

    These are the active people who may see it now and who take part, were invited or have a role. Who left its channel,
    and did not come back, is not among them.
    """
    took_part = Participant.objects.filter(incident=incident, left_at=None).values("person")
    members = Member.objects.filter(incident=incident).values("person")
    holders = RoleAssignment.objects.filter(incident=incident, ended_at=None).values("person")
    found = responders().filter(Q(pk__in=took_part) | Q(pk__in=members) | Q(pk__in=holders))
    return [person for person in found if access.may(person, access.SEE, incident)]


def responders(viewer: Viewer = SYSTEM) -> QuerySet[Person]:
    """The people who may lead or own something, of those whom `viewer` knows."""
    return known_people(viewer).filter(is_active=True, is_bot=False)


def known_people(viewer: Viewer) -> QuerySet[Person]:
    """Everybody; for guests, themselves and the people of the incidents they may see."""
    if viewer is None:
        return Person.objects.none()
    if isinstance(viewer, System) or not viewer.is_guest:
        return Person.objects.all()
    seen = incidents(viewer).order_by().values("pk")
    return Person.objects.filter(
        Q(pk=viewer.pk)
        | Q(pk__in=Incident.objects.filter(pk__in=seen).values("reporter"))
        | Q(pk__in=RoleAssignment.objects.filter(incident__in=seen, ended_at=None).values("person"))
        | Q(pk__in=Member.objects.filter(incident__in=seen).values("person"))
        | Q(pk__in=Participant.objects.filter(incident__in=seen).values("person"))
    )


def responders_at(viewer: Person, address: str) -> QuerySet[Person]:
    """The responders with this e-mail address. Guests find only themselves: see `people.access.may_read_address`."""
    found = responders(viewer).filter(email__iexact=address)
    return found.filter(pk=viewer.pk) if viewer.is_guest else found
