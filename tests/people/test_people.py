from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from people.models import Person
from people.services import Profile, add_person, update_person

THREE_AM = datetime(2026, 3, 14, 3, 0, tzinfo=UTC)


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
    ada = add_person(**profile)

    kept = Person.objects.get()
    assert kept == ada
    assert {field: getattr(kept, field) for field in profile} == profile
    assert kept.login is None


@pytest.mark.django_db
def test_nothing_is_written_when_nothing_changed(profile: Profile) -> None:
    ada = add_person(**profile)

    with CaptureQueriesContext(connection) as queries_made:
        update_person(ada, at=THREE_AM, **profile)

    assert len(queries_made) == 0


@pytest.mark.django_db
def test_what_changed_is_written(profile: Profile) -> None:
    ada = add_person(**profile)
    profile["name"] = "Ada King"

    update_person(ada, at=THREE_AM, **profile)

    assert Person.objects.get().name == ada.name == "Ada King"


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd"])
def test_clocks_of_an_unknown_zone_are_read_in_utc(name: str) -> None:
    assert Person(time_zone="Europe/London").zone.key == "Europe/London"
    assert Person(time_zone=name).zone.key == "UTC"
