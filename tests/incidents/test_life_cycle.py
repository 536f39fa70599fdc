from __future__ import annotations

from datetime import timedelta

import pytest

from incidents import services
from incidents.errors import AlreadyResolved, NotResolved
from incidents.models import EntryKind, Incident, Kind, Status
from people.errors import InvalidValue, Unchanged, WrongState
from people.models import Person
from tests.incidents.world import THREE_AM, after, declared, kinds, newest, stored


def test_resolving_stops_the_clock(incident: Incident, grace: Person) -> None:
    services.resolve_incident(incident, by=grace, at=after(42))

    now = stored(incident)
    assert now.is_resolved
    assert not now.is_open
    assert now.resolved_at == now.mitigated_at == after(42)
    assert now.duration(after(600)) == timedelta(minutes=42)
    assert newest(incident).kind == EntryKind.RESOLVED
    assert newest(incident).actor == grace


def test_an_open_incident_lasts_until_now(incident: Incident) -> None:
    assert incident.duration(after(7)) == timedelta(minutes=7)
    assert incident.duration(THREE_AM - timedelta(minutes=1)) == timedelta(0)


def test_resolving_twice_is_refused_and_keeps_the_first_time(incident: Incident, ada: Person, grace: Person) -> None:
    services.resolve_incident(incident, by=ada, at=after(42))

    with pytest.raises(AlreadyResolved, match=r"^INC-1 is already resolved\.$"):
        services.resolve_incident(incident, by=grace, at=after(43))

    assert stored(incident).resolved_at == after(42)
    assert kinds(incident) == [EntryKind.OPENED, EntryKind.RESOLVED]


def test_reopening_starts_the_clock_again(incident: Incident, ada: Person) -> None:
    services.resolve_incident(incident, by=ada, at=after(42))

    services.reopen_incident(incident, by=ada, at=after(60))

    now = stored(incident)
    assert now.status == Status.INVESTIGATING
    assert now.resolved_at is None
    assert now.mitigated_at is None
    assert now.duration(after(70)) == timedelta(minutes=70)
    assert newest(incident).kind == EntryKind.REOPENED


def test_an_open_incident_cannot_be_reopened(incident: Incident, ada: Person) -> None:
    with pytest.raises(NotResolved, match=r"^INC-1 is investigating, not resolved\.$"):
        services.reopen_incident(incident, by=ada, at=after(1))


def test_an_incident_can_be_resolved_and_reopened_again_and_again(incident: Incident, ada: Person) -> None:
    for turn in range(3):
        services.resolve_incident(incident, by=ada, at=after(10 * turn))
        services.reopen_incident(incident, by=ada, at=after(10 * turn + 5))

    assert kinds(incident)[1:] == [EntryKind.RESOLVED, EntryKind.REOPENED] * 3
    assert stored(incident).version == 7


def test_monitoring_means_mitigated(incident: Incident, ada: Person) -> None:
    services.change_status(incident, to=Status.MONITORING, by=ada, at=after(20))
    services.resolve_incident(incident, by=ada, at=after(42))

    assert stored(incident).mitigated_at == after(20)


def test_going_back_to_work_takes_mitigated_away(incident: Incident, ada: Person) -> None:
    services.change_status(incident, to=Status.MONITORING, by=ada, at=after(20))
    services.change_status(incident, to=Status.IDENTIFIED, by=ada, at=after(25))

    assert stored(incident).mitigated_at is None


def test_changing_the_status_of_a_resolved_incident_reopens_it(incident: Incident, ada: Person) -> None:
    services.resolve_incident(incident, by=ada, at=after(42))

    services.change_status(incident, to=Status.MONITORING, by=ada, at=after(45))

    now = stored(incident)
    assert newest(incident).kind == EntryKind.REOPENED
    assert now.status == Status.MONITORING
    assert now.resolved_at is None


def test_changing_the_status_to_resolved_resolves(incident: Incident, ada: Person) -> None:
    services.change_status(incident, to=Status.RESOLVED, by=ada, at=after(42))

    assert newest(incident).kind == EntryKind.RESOLVED
    assert stored(incident).resolved_at == after(42)


def test_the_timeline_says_from_what_to_what(incident: Incident, ada: Person) -> None:
    services.change_status(incident, to=Status.IDENTIFIED, by=ada, at=after(5))

    assert newest(incident).text == "Status changed from investigating to identified"
    assert newest(incident).data == {"status": "identified", "from": "investigating"}


def test_the_same_status_again_is_refused(incident: Incident, ada: Person) -> None:
    with pytest.raises(Unchanged, match=r"^INC-1 is already investigating\.$"):
        services.change_status(incident, to=Status.INVESTIGATING, by=ada, at=after(5))


@pytest.mark.parametrize("end", [Status.CANCELED, Status.MERGED])
def test_a_status_service_cannot_cancel_or_merge(incident: Incident, ada: Person, end: Status) -> None:
    with pytest.raises(WrongState):
        services.change_status(incident, to=end, by=ada, at=after(5))

    assert stored(incident).status == Status.INVESTIGATING


def test_an_incident_cannot_begin_after_it_was_resolved(incident: Incident, ada: Person) -> None:
    services.resolve_incident(incident, by=ada, at=after(42))

    with pytest.raises(
        InvalidValue, match=r"^The incident was resolved at 2026-11-21 03:42 UTC, so it can't have begun after"
    ) as refusal:
        services.correct_start(incident, to=after(43), by=ada, at=after(60))
    services.correct_start(incident, to=after(42), by=ada, at=after(60))

    assert refusal.value.field == "started_at"


@pytest.mark.parametrize(
    ("kind", "change", "again"),
    [
        (Kind.LIVE, "Is now a live incident", "INC-1 is already a live incident."),
        (Kind.REPORT, "Is now a report", "INC-1 is already a report."),
        (Kind.DRILL, "Is now a drill", "INC-1 is already a drill."),
    ],
)
def test_a_kind_is_told_in_plain_words(ada: Person, kind: Kind, change: str, again: str) -> None:
    incident = declared(ada, kind=Kind.DRILL if kind == Kind.LIVE else Kind.LIVE)

    services.change_kind(incident, to=kind, by=ada, at=after(1))
    with pytest.raises(Unchanged) as refusal:
        services.change_kind(incident, to=kind, by=ada, at=after(2))

    assert newest(incident).text == change
    assert refusal.value.message == again
