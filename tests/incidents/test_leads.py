from __future__ import annotations

import pytest

from incidents import services
from incidents.models import EntryKind, Incident
from people.errors import InvalidValue, Unchanged, WrongState
from people.models import Person
from tests.incidents.world import THREE_AM, after, declared, entries, newest, stored


def test_a_new_lead_takes_part(incident: Incident, ada: Person, grace: Person) -> None:
    services.assign_lead(incident, to=grace, by=ada, at=after(5))

    assert incident.lead == stored(incident).lead == grace
    assert grace in [p.person for p in incident.participants.all()]
    assert newest(incident).text == "Grace Hopper leads"


def test_a_hand_over_keeps_who_led_from_when_to_when(ada: Person, grace: Person, linus: Person) -> None:
    incident = declared(ada, lead=grace)
    services.assign_lead(incident, to=linus, by=grace, at=after(30))
    services.remove_lead(incident, by=linus, at=after(60))
    services.assign_lead(incident, to=grace, by=ada, at=after(90))

    held = [(a.person, a.assigned_by, a.assigned_at, a.ended_at) for a in incident.role_assignments.all()]
    assert held == [
        (grace, ada, THREE_AM, after(30)),
        (linus, grace, after(30), after(60)),
        (grace, ada, after(90), None),
    ]


def test_the_timeline_names_both_sides_of_a_hand_over(ada: Person, grace: Person, linus: Person) -> None:
    incident = declared(ada, lead=grace)

    services.assign_lead(incident, to=linus, by=grace, at=after(30))

    assert newest(incident).text == "Linus Torvalds leads, after Grace Hopper"
    assert newest(incident).data == {"lead": linus.pk, "from": grace.pk}


def test_a_lead_who_goes_leaves_the_incident_without_one(ada: Person, grace: Person) -> None:
    incident = declared(ada, lead=grace)

    services.remove_lead(incident, by=ada, at=after(10))

    assert stored(incident).lead is None
    assert newest(incident).kind == EntryKind.LEAD_REMOVED
    assert newest(incident).text == "Grace Hopper no longer leads"
    assert newest(incident).data["lead"] is None


def test_a_former_lead_is_still_a_participant(ada: Person, grace: Person, linus: Person) -> None:
    incident = declared(ada, lead=grace)

    services.assign_lead(incident, to=linus, by=ada, at=after(10))

    assert [p.person for p in incident.participants.all()] == [ada, grace, linus]


def test_the_same_lead_again_is_refused(ada: Person, grace: Person) -> None:
    incident = declared(ada, lead=grace)

    with pytest.raises(Unchanged, match=r"^Grace Hopper already leads INC-1\.$"):
        services.assign_lead(incident, to=grace, by=ada, at=after(10))

    assert incident.role_assignments.count() == 1


def test_nobody_cannot_be_removed(incident: Incident, ada: Person) -> None:
    with pytest.raises(Unchanged, match=r"^INC-1 has no lead\.$"):
        services.remove_lead(incident, by=ada, at=after(10))


def test_a_bot_cannot_lead(incident: Incident, ada: Person, robot: Person) -> None:
    with pytest.raises(InvalidValue, match=r"^Deploy Bot is a bot and can't lead\.$") as refusal:
        services.assign_lead(incident, to=robot, by=ada, at=after(10))

    assert refusal.value.field == "lead"
    assert stored(incident).lead is None


def test_somebody_who_left_cannot_lead(incident: Incident, ada: Person, leaver: Person) -> None:
    with pytest.raises(InvalidValue, match=r"^Charles Babbage is deactivated and can't lead\.$"):
        services.assign_lead(incident, to=leaver, by=ada, at=after(10))


def test_a_refused_lead_leaves_the_old_one(ada: Person, grace: Person, robot: Person) -> None:
    incident = declared(ada, lead=grace)

    with pytest.raises(InvalidValue):
        services.assign_lead(incident, to=robot, by=ada, at=after(10))

    assert stored(incident).lead == grace
    assert len(entries(incident)) == 2


def test_a_resolved_incident_can_get_a_lead_to_write_it_up(incident: Incident, ada: Person, grace: Person) -> None:
    services.resolve_incident(incident, by=ada, at=after(10))

    services.assign_lead(incident, to=grace, by=ada, at=after(20))

    assert stored(incident).lead == grace


def test_an_incident_that_has_a_lead_is_not_taken_from_them(incident: Incident, ada: Person, grace: Person) -> None:
    services.take_lead(incident, by=grace, at=after(5))

    with pytest.raises(WrongState, match="Grace Hopper already leads INC-1"):
        services.take_lead(incident, by=ada, at=after(5))
    assert incident.lead == grace


def test_nobody_takes_the_lead_of_what_is_over(incident: Incident, ada: Person) -> None:
    services.resolve_incident(incident, by=ada, at=after(5))

    with pytest.raises(WrongState, match="Reopen it first, then take the lead"):
        services.take_lead(incident, by=ada, at=after(5))
