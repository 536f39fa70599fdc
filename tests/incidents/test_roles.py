from __future__ import annotations

import pytest

from incidents import services
from incidents.models import EntryKind, Incident, Role
from people.errors import InvalidValue, Unchanged
from people.models import Person
from tests.incidents.world import after, kinds, newest, stored


def held(incident: Incident, role: Role) -> list[tuple[Person, object, object]]:
    return [(a.person, a.assigned_at, a.ended_at) for a in incident.role_assignments.filter(role=role)]


def test_somebody_gets_a_role_and_takes_part(incident: Incident, ada: Person, grace: Person, scribe: Role) -> None:
    services.assign_role(incident, role=scribe, to=grace, by=ada, at=after(5))

    assert held(incident, scribe) == [(grace, after(5), None)]
    assert grace in [p.person for p in incident.participants.all()]
    assert newest(incident).text == "Grace Hopper is scribe"
    assert newest(incident).data == {"role": "scribe", "person": grace.pk}


def test_a_role_is_handed_over(incident: Incident, ada: Person, grace: Person, scribe: Role) -> None:
    services.assign_role(incident, role=scribe, to=ada, by=ada, at=after(5))
    services.assign_role(incident, role=scribe, to=grace, by=ada, at=after(9))

    assert held(incident, scribe) == [(ada, after(5), after(9)), (grace, after(9), None)]


def test_one_person_may_wear_two_hats(incident: Incident, ada: Person, scribe: Role) -> None:
    services.assign_lead(incident, to=ada, by=ada, at=after(5))
    services.assign_role(incident, role=scribe, to=ada, by=ada, at=after(6))

    assert stored(incident).lead == ada
    assert held(incident, scribe) == [(ada, after(6), None)]


def test_the_role_of_lead_is_the_lead(incident: Incident, ada: Person, grace: Person) -> None:
    lead = Role.objects.get(key=Role.LEAD)

    services.assign_role(incident, role=lead, to=grace, by=ada, at=after(5))
    assert stored(incident).lead == grace
    services.remove_role(incident, role=lead, by=ada, at=after(6))

    assert stored(incident).lead is None
    assert kinds(incident)[1:] == [EntryKind.LEAD_ASSIGNED, EntryKind.LEAD_REMOVED]


def test_a_role_can_be_laid_down(incident: Incident, ada: Person, grace: Person, scribe: Role) -> None:
    services.assign_role(incident, role=scribe, to=grace, by=ada, at=after(5))

    services.remove_role(incident, role=scribe, by=grace, at=after(9))

    assert held(incident, scribe) == [(grace, after(5), after(9))]
    assert newest(incident).text == "Nobody is scribe any more"


def test_the_same_role_again_is_refused(incident: Incident, ada: Person, grace: Person, scribe: Role) -> None:
    services.assign_role(incident, role=scribe, to=grace, by=ada, at=after(5))

    with pytest.raises(Unchanged, match=r"^Grace Hopper is already scribe of INC-1\.$"):
        services.assign_role(incident, role=scribe, to=grace, by=ada, at=after(6))

    assert stored(incident).version == 2


def test_a_role_that_nobody_has_cannot_be_laid_down(incident: Incident, ada: Person, scribe: Role) -> None:
    with pytest.raises(Unchanged, match=r"^Nobody is scribe of INC-1\.$"):
        services.remove_role(incident, role=scribe, by=ada, at=after(6))


def test_a_bot_or_a_leaver_gets_no_role(
    incident: Incident, ada: Person, robot: Person, leaver: Person, scribe: Role
) -> None:
    with pytest.raises(InvalidValue, match=r"^Deploy Bot is a bot and can't be scribe\.$") as refusal:
        services.assign_role(incident, role=scribe, to=robot, by=ada, at=after(5))
    with pytest.raises(InvalidValue, match=r"^Charles Babbage is deactivated and can't be scribe\.$"):
        services.assign_role(incident, role=scribe, to=leaver, by=ada, at=after(5))

    assert refusal.value.field == "role"
    assert held(incident, scribe) == []


def test_another_role_is_not_the_lead(incident: Incident, ada: Person, grace: Person, scribe: Role) -> None:
    services.assign_lead(incident, to=ada, by=ada, at=after(4))

    services.assign_role(incident, role=scribe, to=grace, by=ada, at=after(5))
    services.remove_role(incident, role=scribe, by=ada, at=after(6))

    assert stored(incident).lead == ada
