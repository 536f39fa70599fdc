from __future__ import annotations

from collections.abc import Callable

import pytest

from incidents import access, queries, services
from incidents.models import EntryKind, Incident
from people.errors import NotAllowed, NotFound, Unchanged, WrongState
from people.models import Person
from tests.incidents.world import after, declared, newest, person, stored


def test_an_incident_made_private_is_hidden_from_those_who_are_not_in_it(
    incident: Incident, ada: Person, grace: Person, linus: Person
) -> None:
    services.record_participation(incident, person=grace, at=after(1))

    services.make_private(incident, by=ada, at=after(5))

    assert stored(incident).private
    assert newest(incident).kind == EntryKind.MADE_PRIVATE
    assert list(queries.incidents(grace)) == [incident]
    assert list(queries.incidents(linus)) == []


def test_who_makes_an_incident_private_does_not_lock_themselves_out(incident: Incident, linus: Person) -> None:
    services.make_private(incident, by=linus, at=after(5))

    assert list(queries.incidents(linus)) == [incident]


def test_an_incident_made_public_is_seen_by_everybody(ada: Person, linus: Person) -> None:
    incident = declared(ada, private=True)

    services.make_public(incident, by=ada, at=after(5))

    assert list(queries.incidents(linus)) == [incident]
    assert newest(incident).kind == EntryKind.MADE_PUBLIC
    assert newest(incident).text == "Made visible to everyone"


def test_private_or_public_already_is_refused(incident: Incident, ada: Person) -> None:
    with pytest.raises(Unchanged, match=r"^INC-1 is not private\.$"):
        services.make_public(incident, by=ada, at=after(5))
    services.make_private(incident, by=ada, at=after(6))
    with pytest.raises(Unchanged, match=r"^INC-1 is already private\.$"):
        services.make_private(incident, by=ada, at=after(7))

    assert stored(incident).version == 2


def test_who_is_invited_sees_a_private_incident_until_they_leave_its_channel(ada: Person, linus: Person) -> None:
    incident = declared(ada, private=True)
    services.invite_member(incident, person=linus, by=ada, at=after(1))
    services.admit_from_channel(incident, person=linus, at=after(2))
    assert list(queries.incidents(linus)) == [incident]

    services.remove_member(incident, person=linus, at=after(3))

    assert list(queries.incidents(linus)) == []
    assert newest(incident).kind == EntryKind.MEMBER_REMOVED
    with pytest.raises(NotFound):
        services.write_summary(incident, text="Still here", by=linus, at=after(4))


def test_only_the_people_who_were_chosen_keep_seeing_it(
    incident: Incident, ada: Person, grace: Person, linus: Person
) -> None:
    for each in (grace, linus):
        services.record_participation(incident, person=each, at=after(1))
    services.invite_member(incident, person=linus, by=ada, at=after(2))

    services.make_private(incident, by=ada, at=after(5), members=[grace])

    assert list(queries.incidents(grace)) == [incident]
    assert list(queries.incidents(linus)) == []


def test_the_person_who_may_not_see_it_can_change_nothing(incident: Incident, ada: Person, linus: Person) -> None:
    """Whoever opened it before it became private has an old object in their hands."""
    held = stored(incident)
    services.make_private(incident, by=ada, at=after(5), members=[])
    version = stored(incident).version
    changes: list[Callable[[], object]] = [
        lambda: services.rename_incident(held, to="Mine", by=linus, at=after(6)),
        lambda: services.edit_incident(held, wanted={"summary": "Mine"}, seen={}, by=linus, at=after(6)),
        lambda: services.assign_lead(held, to=linus, by=linus, at=after(6)),
        lambda: services.resolve_incident(held, by=linus, at=after(6)),
        lambda: services.cancel_incident(held, by=linus, at=after(6)),
        lambda: services.make_public(held, by=linus, at=after(6)),
        lambda: services.make_private(held, by=linus, at=after(6)),
        lambda: services.invite_member(held, person=linus, by=linus, at=after(6)),
        lambda: services.post_update(held, text="Mine", by=linus, at=after(6)),
        lambda: services.add_note(held, text="Mine", by=linus, at=after(6)),
        lambda: services.add_action(held, text="Mine", by=linus, at=after(6)),
        lambda: services.merge_incident(held, into=declared(linus), by=linus, at=after(6)),
        lambda: services.request_channel(held, by=linus, at=after(6)),
    ]

    for change in changes:
        with pytest.raises(NotFound, match=r"^There is no incident INC-1\.$"):
            change()

    assert stored(incident).version == version


def test_a_guest_sees_only_what_they_were_invited_to(incident: Incident, ada: Person) -> None:
    guest = person("Guest", is_guest=True)
    other = declared(ada)
    assert list(queries.incidents(guest)) == []

    services.invite_member(other, person=guest, by=ada, at=after(1))

    assert list(queries.incidents(guest)) == [other]
    services.add_note(other, text="I can help", by=guest, at=after(2))
    with pytest.raises(NotFound):
        services.add_note(incident, text="I can help", by=guest, at=after(2))
    with pytest.raises(NotAllowed):
        declared(guest)


def test_a_guests_access_to_a_public_incident_can_be_ended(incident: Incident, ada: Person, linus: Person) -> None:
    guest, other_guest = person("Guest", is_guest=True), person("Other", is_guest=True)
    for each in (guest, other_guest, linus):
        services.invite_member(incident, person=each, by=ada, at=after(1))

    services.expel_member(incident, person=guest, by=ada, at=after(2))
    services.expel_member(incident, person=other_guest, by=other_guest, at=after(2))
    with pytest.raises(WrongState, match="visible to everyone, so only guests can be removed from it"):
        services.expel_member(incident, person=linus, by=ada, at=after(2))
    with pytest.raises(NotFound):
        services.expel_member(incident, person=linus, by=guest, at=after(2))

    assert [list(queries.incidents(each)) for each in (guest, other_guest, linus)] == [[], [], [incident]]
    assert newest(incident).text == "Other was removed and no longer has access"


def test_a_deactivated_person_may_do_nothing(incident: Incident, ada: Person) -> None:
    Person.objects.filter(pk=ada.pk).update(is_active=False)
    ada.refresh_from_db()

    with pytest.raises(NotFound):
        services.add_note(incident, text="Still here", by=ada, at=after(2))


@pytest.mark.parametrize("guest", [False, True])
@pytest.mark.parametrize("private", [False, True])
@pytest.mark.parametrize("tie", ["none", "member", "role", "reporter"])
def test_lists_and_single_checks_agree(ada: Person, *, guest: bool, private: bool, tie: str) -> None:
    viewer = person("Viewer")
    incident = declared(viewer if tie == "reporter" else ada, private=private)
    if tie == "member":
        services.invite_member(incident, person=viewer, by=ada, at=after(1))
    if tie == "role":
        services.assign_lead(incident, to=viewer, by=ada, at=after(1))
    Person.objects.filter(pk=viewer.pk).update(is_guest=guest)
    viewer.refresh_from_db()

    expected = tie != "none" or not (guest or private)
    assert access.may(viewer, access.SEE, incident) is expected
    assert queries.incidents(viewer).filter(pk=incident.pk).exists() is expected
