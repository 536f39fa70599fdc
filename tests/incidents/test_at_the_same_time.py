"""Several people at once, each on a connection of their own, as in several processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction

from incidents import erasure, services
from incidents.errors import AlreadyResolved, ChannelExists, NotResolved
from incidents.models import EntryKind, Incident, Link, Participant, Pin, Severity, Status
from people.actors import System
from people.errors import Conflict, Refusal, Unchanged
from people.models import Person
from tests.incidents.world import after, declared, entries, kinds, replayed, state, stored
from tests.waiting import until_somebody_waits_for_a_row

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("seeded_db")]

CROWD = 8
rows_are_locked = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="SQLite lets one writer in at a time: there is nothing to wait for in a row"
)

Answer = object | Refusal


def at_once(orders: Sequence[Callable[[], object]]) -> list[Answer]:
    """Give all orders at the same moment and return the answers, refusals among them."""
    ready = Barrier(len(orders))

    def give(order: Callable[[], object]) -> Answer:
        connection.ensure_connection()
        ready.wait(timeout=10)
        try:
            return order()
        except Refusal as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(orders)) as crowd:
        return list(crowd.map(give, orders))


def refusals(answers: list[Answer]) -> Counter[type[Answer]]:
    return Counter(type(answer) for answer in answers if isinstance(answer, Refusal))


def assert_counted_without_gaps(incident: Incident) -> None:
    assert [entry.seq for entry in entries(incident)] == list(range(1, stored(incident).version + 1))
    assert replayed(incident) == state(incident)


def test_incidents_declared_at_once_are_numbered_without_gaps(ada: Person) -> None:
    at_once([lambda: [declared(ada) for _ in range(3)]] * CROWD)

    assert sorted(Incident.objects.values_list("number", flat=True)) == list(range(1, 3 * CROWD + 1))


def test_a_declaration_that_falls_over_on_the_way_gives_its_number_back(ada: Person) -> None:
    def declare_and_fall_over() -> None:
        with transaction.atomic():
            declared(ada)
            transaction.set_rollback(True)

    at_once([declare_and_fall_over, lambda: declared(ada)] * (CROWD // 2))

    assert sorted(Incident.objects.values_list("number", flat=True)) == list(range(1, CROWD // 2 + 1))


def test_notes_written_at_once_are_numbered_without_gaps(incident: Incident, ada: Person) -> None:
    def write_three() -> None:
        mine = stored(incident)
        for _ in range(3):
            services.add_note(mine, text="Looking", by=ada, at=after(1))

    at_once([write_three] * CROWD)

    assert stored(incident).version == 1 + 3 * CROWD
    assert_counted_without_gaps(incident)


def test_of_two_edits_of_one_field_the_second_is_a_conflict(incident: Incident, ada: Person) -> None:
    seen = services.fingerprint(incident)

    def edit(title: str) -> Callable[[], object]:
        mine = stored(incident)
        return lambda: services.edit_incident(mine, wanted={"title": title}, seen=seen, by=ada, at=after(1))

    answers = at_once([edit(f"Title {n}") for n in range(CROWD)])

    assert refusals(answers) == {Conflict: CROWD - 1}
    assert kinds(incident) == [EntryKind.OPENED, EntryKind.TITLE_CHANGED]
    assert_counted_without_gaps(incident)


def test_edits_of_different_fields_all_arrive(incident: Incident, ada: Person, grace: Person) -> None:
    seen = services.fingerprint(incident)
    wanted: list[services.Edits] = [
        {"title": "Payments"},
        {"summary": "Deploy"},
        {"impact": "Europe"},
        {"lead": grace},
        {"status": Status.MONITORING},
    ]

    def edit(edits: services.Edits) -> Callable[[], object]:
        mine = stored(incident)
        return lambda: services.edit_incident(mine, wanted=edits, seen=seen, by=ada, at=after(1))

    answers = at_once([edit(edits) for edits in wanted])

    assert sorted(str(answer) for answer in answers) == sorted(str(list(edits)) for edits in wanted)
    now = stored(incident)
    assert (now.title, now.summary, now.impact, now.lead, now.status) == (
        "Payments",
        "Deploy",
        "Europe",
        grace,
        Status.MONITORING,
    )
    assert_counted_without_gaps(incident)


def test_leads_assigned_at_once_follow_one_another(incident: Incident, ada: Person, grace: Person) -> None:
    def assign(lead: Person) -> Callable[[], object]:
        mine = stored(incident)
        return lambda: services.assign_lead(mine, to=lead, by=ada, at=after(1))

    answers = at_once([assign(ada), assign(grace)] * 3)

    assert set(refusals(answers)) <= {Unchanged}
    assert incident.role_assignments.filter(ended_at=None).count() == 1
    assert kinds(incident).count(EntryKind.LEAD_ASSIGNED) == incident.role_assignments.count()
    assert_counted_without_gaps(incident)


def test_one_of_many_resolves(incident: Incident, ada: Person) -> None:
    def resolve(mine: Incident) -> Callable[[], object]:
        return lambda: services.resolve_incident(mine, by=ada, at=after(1))

    answers = at_once([resolve(stored(incident)) for _ in range(CROWD)])

    assert refusals(answers) == {AlreadyResolved: CROWD - 1}
    assert kinds(incident) == [EntryKind.OPENED, EntryKind.RESOLVED]


def test_incidents_merged_crosswise_wait_for_nobody_and_form_no_circle(ada: Person) -> None:
    one, other = declared(ada), declared(ada)

    def merge(incident: Incident, into: Incident) -> Callable[[], object]:
        mine, theirs = stored(incident), stored(into)
        return lambda: services.merge_incident(mine, into=theirs, by=ada, at=after(1))

    def reopen(mine: Incident) -> Callable[[], object]:
        return lambda: services.reopen_incident(mine, by=ada, at=after(2))

    for _ in range(5):
        answers = at_once([merge(one, other), merge(other, one)] * (CROWD // 2))
        again = at_once([reopen(Incident.objects.get(status=Status.MERGED)) for _ in range(CROWD)])

        assert refusals(answers).total() == CROWD - 1
        assert refusals(again) == {NotResolved: CROWD - 1}
    assert_counted_without_gaps(one)
    assert_counted_without_gaps(other)


def test_one_of_many_asks_for_the_channel(incident: Incident, ada: Person) -> None:
    def ask(mine: Incident) -> Callable[[], object]:
        return lambda: services.request_channel(mine, by=ada, at=after(1))

    answers = at_once([ask(stored(incident)) for _ in range(CROWD)])

    assert refusals(answers) == {ChannelExists: CROWD - 1}
    assert kinds(incident).count(EntryKind.CHANNEL_REQUESTED) == 1


def test_a_message_pinned_by_many_is_kept_once(incident: Incident, ada: Person) -> None:
    def pin(mine: Incident) -> Callable[[], object]:
        return lambda: services.add_pin(
            mine, source="C1:1.0", text="Fire", author=ada, said_at=after(0), by=ada, at=after(1)
        )

    at_once([pin(stored(incident)) for _ in range(CROWD)])

    assert Pin.objects.count() == 1
    assert kinds(incident) == [EntryKind.OPENED, EntryKind.PIN_ADDED]


def test_no_message_is_lost_from_the_count(incident: Incident, grace: Person) -> None:
    def speak(mine: Incident) -> Callable[[], object]:
        return lambda: services.record_participation(mine, person=grace, at=after(1), messages=1)

    at_once([speak(stored(incident)) for _ in range(CROWD)])

    assert incident.participants.get(person=grace).message_count == CROWD
    assert kinds(incident) == [EntryKind.OPENED, EntryKind.PARTICIPANT_JOINED]


@rows_are_locked
def test_a_long_change_does_not_hold_up_rows_that_only_point_at_the_incident(incident: Incident, ada: Person) -> None:
    changed, pointed_at = Barrier(2), Barrier(2)

    def change_slowly() -> None:
        with transaction.atomic():
            services.add_note(incident, text="Looking", by=ada, at=after(1))
            changed.wait(timeout=10)
            pointed_at.wait(timeout=10)

    def point() -> None:
        changed.wait(timeout=10)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '2s'")
            Link.objects.create(incident=incident, kind="ticket", label="T", url="https://a.example", added_at=after(1))
        pointed_at.wait(timeout=10)

    at_once([change_slowly, point])

    assert Link.objects.count() == 1


@rows_are_locked
@pytest.mark.parametrize("order", ["leave the channel", "move the channel"])
def test_no_row_of_an_incident_is_held_by_somebody_who_waits_for_the_incident(
    incident: Incident, ada: Person, grace: Person, order: str
) -> None:
    services.record_participation(incident, person=grace, at=after(1))
    services.invite_member(incident, person=grace, by=ada, at=after(1))
    services.attach_link(incident, kind="channel", label="#inc-1", url="https://a.example/C1", at=after(1))
    held = Barrier(2)

    def change_slowly() -> None:
        with transaction.atomic():
            services.add_note(incident, text="Looking", by=ada, at=after(2))
            held.wait(timeout=10)
            until_somebody_waits_for_a_row()
            list(Participant.objects.select_for_update(nowait=True).filter(incident=incident))
            list(Link.objects.select_for_update(nowait=True).filter(incident=incident))

    def come_second() -> None:
        mine = stored(incident)
        held.wait(timeout=10)
        if order == "leave the channel":
            services.remove_member(mine, person=grace, at=after(3))
        else:
            services.readdress_links(old="https://a.example/C1", new="https://a.example/C2")

    at_once([change_slowly, come_second])

    left, moved = incident.participants.get(person=grace).left_at, incident.links.get().url.endswith("C2")
    assert (left, moved) == ((after(3), False) if order == "leave the channel" else (None, True))


@rows_are_locked
def test_erasing_somebody_waits_for_no_incident_without_them(incident: Incident, ada: Person, grace: Person) -> None:
    Person.objects.filter(pk=grace.pk).update(name="李雷")
    grace.refresh_from_db()
    services.assign_lead(declared(ada), to=grace, by=ada, at=after(1))
    held, erased = Barrier(2), Barrier(2)

    def change_slowly() -> None:
        with transaction.atomic():
            services.add_note(incident, text="Always", by=ada, at=after(2))
            held.wait(timeout=10)
            erased.wait(timeout=10)

    def erase() -> None:
        held.wait(timeout=10)
        erasure.erase_person(grace, by=System("the command line"), reason="Asked us to", at=after(3))
        erased.wait(timeout=10)

    at_once([change_slowly, erase])

    assert Person.objects.get(pk=grace.pk).name == "a former colleague"


def test_a_change_tells_the_severity_that_somebody_else_has_just_set(incident: Incident, ada: Person) -> None:
    critical, major, minor = Severity.objects.filter(key__in=["critical", "major", "minor"]).order_by("rank")
    services.set_severity(incident, to=critical, by=ada, at=after(1))
    mine = Incident.objects.select_related("severity").get(pk=incident.pk)
    services.set_severity(stored(incident), to=major, by=ada, at=after(2))
    services.set_severity(mine, to=minor, by=ada, at=after(3))

    assert entries(incident)[-1].text == "Severity changed from Major to Minor"
