"""A moment is a moment, on whatever clock somebody reads it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import override_settings

from incidents import corrections, services
from incidents.fields import CustomField
from incidents.models import EntryKind, Incident
from people.errors import InvalidValue, Unchanged
from people.models import Person
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


FAR_AWAY = [
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1, 1, 1, tzinfo=TOKYO),
    datetime(1969, 12, 31, 23, 59, tzinfo=UTC),
    datetime(9001, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, tzinfo=NEW_YORK),
]


@pytest.mark.parametrize("far", FAR_AWAY, ids=str)
def test_a_time_that_some_clocks_cannot_show_is_refused(
    incident: Incident, ada: Person, add_field: Callable[..., CustomField], far: datetime
) -> None:
    add_field("noticed", "Noticed", "moment")
    services.add_note(incident, text="A note", by=ada, at=after(5))
    note, to_come = newest(incident), datetime.max.replace(tzinfo=UTC)

    tries: list[tuple[str, Callable[[], object]]] = [
        ("started_at", lambda: declared(ada, at=to_come, started_at=far)),
        ("started_at", lambda: services.correct_start(incident, to=far, by=ada, at=to_come)),
        ("happened_at", lambda: services.add_note(incident, text="It broke", by=ada, at=to_come, happened_at=far)),
        (
            "happened_at",
            lambda: corrections.correct_note(incident, note=note, text="It broke", by=ada, at=to_come, happened_at=far),
        ),
        ("due_at", lambda: services.add_action(incident, text="Mend it", by=ada, at=after(5), due_at=far)),
        (
            "field_noticed",
            lambda: services.edit_incident(incident, wanted={"fields": {"noticed": far}}, seen={}, by=ada, at=after(5)),
        ),
        ("field_noticed", lambda: declared(ada, at=after(5), fields={"noticed": far.isoformat()})),
    ]
    for field, attempt in tries:
        with pytest.raises(InvalidValue, match="a time between the years 1970 and 9000") as refusal:
            attempt()
        assert refusal.value.field == field
    assert newest(incident) == note
