from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents import people, queries
from incidents.models import Incident, Person
from incidents.people import Profile
from tests.incidents.world import THREE_AM


@pytest.fixture
def profile() -> Profile:
    return {
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "time_zone": "Europe/London",
        "is_active": True,
        "is_bot": False,
    }


@pytest.mark.django_db
def test_somebody_new_is_added_with_all_that_is_known(profile: Profile) -> None:
    ada = people.add_person(**profile)

    kept = Person.objects.get()
    assert kept == ada
    assert {field: getattr(kept, field) for field in profile} == profile
    assert kept.login is None


@pytest.mark.django_db
def test_nothing_is_written_when_nothing_changed(profile: Profile) -> None:
    ada = people.add_person(**profile)

    with CaptureQueriesContext(connection) as queries_made:
        people.update_person(ada, at=THREE_AM, **profile)

    assert len(queries_made) == 0


@pytest.mark.django_db
def test_what_changed_is_written(profile: Profile) -> None:
    ada = people.add_person(**profile)
    profile["name"] = "Ada King"

    people.update_person(ada, at=THREE_AM, **profile)

    assert Person.objects.get().name == ada.name == "Ada King"


def test_somebody_deactivated_keeps_their_history_but_can_take_no_more(
    incident: Incident, ada: Person, grace: Person, robot: Person
) -> None:
    people.update_person(
        ada, at=THREE_AM, name=ada.name, email=ada.email, time_zone=ada.time_zone, is_active=False, is_bot=False
    )

    assert not ada.can_respond
    assert Incident.objects.get().reporter == ada
    assert list(queries.responders()) == [grace]
