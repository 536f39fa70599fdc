from __future__ import annotations

import pytest

from incidents import queries, services
from incidents.errors import Unchanged
from incidents.models import EntryKind, Incident, Person
from tests.incidents.world import after, declared, newest, stored


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
    assert newest(incident).text == "Made visible to everybody"


def test_private_or_public_already_is_refused(incident: Incident, ada: Person) -> None:
    with pytest.raises(Unchanged, match=r"^INC-1 is not private\.$"):
        services.make_public(incident, by=ada, at=after(5))
    services.make_private(incident, by=ada, at=after(6))
    with pytest.raises(Unchanged, match=r"^INC-1 is private already\.$"):
        services.make_private(incident, by=ada, at=after(7))

    assert stored(incident).version == 2
