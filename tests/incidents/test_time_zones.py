"""A moment is a moment, on whatever clock somebody reads it."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings

from incidents import services
from incidents.errors import InvalidValue, Unchanged
from incidents.models import EntryKind, Incident, Person
from tests.incidents.world import THREE_AM, after, declared, kinds, newest, replayed, state, stored

TOKYO = ZoneInfo("Asia/Tokyo")
NEW_YORK = ZoneInfo("America/New_York")


def test_the_timeline_tells_a_start_in_utc_wherever_it_was_written(incident: Incident, ada: Person) -> None:
    services.correct_start(incident, to=datetime(2026, 11, 21, 11, 15, tzinfo=TOKYO), by=ada, at=after(5))

    assert newest(incident).text == "Began at 2026-11-21 02:15 UTC"
    assert stored(incident).started_at == after(-45)
    assert replayed(incident) == state(incident)


def test_the_same_moment_on_another_clock_is_no_change(incident: Incident, ada: Person) -> None:
    seen = services.fingerprint(incident)
    wanted: services.Edits = {"started_at": THREE_AM.astimezone(NEW_YORK)}

    assert services.edit_incident(incident, wanted=wanted, seen=seen, by=ada, at=after(5)) == []
    with pytest.raises(Unchanged):
        services.correct_start(incident, to=THREE_AM.astimezone(TOKYO), by=ada, at=after(5))

    assert kinds(incident) == [EntryKind.OPENED]


def test_a_form_of_an_incident_just_declared_matches_the_stored_one(ada: Person) -> None:
    incident = declared(ada, at=THREE_AM.astimezone(TOKYO))

    assert services.fingerprint(incident) == services.fingerprint(stored(incident))


def test_a_start_is_compared_as_a_moment(ada: Person) -> None:
    declared(ada, at=THREE_AM, started_at=THREE_AM.astimezone(TOKYO))

    with pytest.raises(InvalidValue):
        declared(ada, at=THREE_AM, started_at=(THREE_AM + timedelta(seconds=1)).astimezone(NEW_YORK))


@override_settings(TIME_ZONE="Pacific/Auckland")
def test_the_deployments_own_clock_does_not_matter(incident: Incident, ada: Person) -> None:
    services.correct_start(incident, to=after(-45), by=ada, at=after(5))

    assert newest(incident).text == "Began at 2026-11-21 02:15 UTC"


def test_an_incident_across_the_end_of_summer_time_lasts_what_it_lasted(ada: Person) -> None:
    began = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=0)
    ended = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=1)
    incident = declared(ada, at=began)

    services.resolve_incident(incident, by=ada, at=ended)

    assert incident.duration(after(0)) == stored(incident).duration(after(0)) == timedelta(hours=1)
