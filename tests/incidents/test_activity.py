"""Signs of work: what is stored together, how long it stays, and what is left of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from incidents import activity, queries, services
from incidents.corrections import correct_note, withdraw_note
from incidents.models import Activity, ActivityTotal, Incident, Severity
from incidents.redaction.redacting import redact_entry
from jobs import history
from people.models import Person
from tests.incidents.test_at_the_same_time import at_once
from tests.incidents.world import after, declared

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
KEPT = timedelta(days=400)


@pytest.fixture
def quiet(incident: Incident) -> Incident:
    """An incident whose declaration is forgotten."""
    Activity.objects.all().delete()
    return incident


def leave(incident: Incident, person: Person, kind: Activity.Kind, *times: datetime) -> None:
    for at in times:
        activity.note(incident, by=person, kind=kind, at=at)


def totals() -> list[tuple[date, Activity.Kind, int]]:
    return [(each.day, Activity.Kind(each.kind), each.count) for each in ActivityTotal.objects.order_by("day", "kind")]


def inserted(statements: CaptureQueriesContext) -> list[str]:
    table = Activity._meta.db_table
    return [each["sql"] for each in statements.captured_queries if f'INSERT INTO "{table}"' in each["sql"]]


def test_an_edit_of_three_things_is_one_sign_and_one_statement(quiet: Incident, ada: Person, major: Severity) -> None:
    wanted: services.Edits = {"title": "Checkout is down", "summary": "Since noon", "severity": major}

    with CaptureQueriesContext(connection) as statements:
        services.edit_incident(quiet, wanted=wanted, seen={}, by=ada, at=after(5))

    assert len(inserted(statements)) == 1
    assert [(each.kind, each.at) for each in Activity.objects.all()] == [(Activity.Kind.EDIT, after(5))]


def test_a_correction_and_a_redaction_are_edits(quiet: Incident, ada: Person) -> None:
    services.add_note(quiet, text="The deploy began", by=ada, at=after(1))
    note = quiet.entries.latest("seq")
    correct_note(quiet, note=note, text="The rollback began", by=ada, at=after(2))
    withdraw_note(quiet, note=note, by=ada, at=after(3))
    redact_entry(quiet, entry=note, reason="It names a customer", by=ada, at=after(4))

    assert list(Activity.objects.order_by("at").values_list("kind", flat=True)) == [Activity.Kind.EDIT] * 4


def test_two_incidents_that_one_act_changes_are_stored_together(ada: Person) -> None:
    one, other = declared(ada), declared(ada)
    Activity.objects.all().delete()

    with CaptureQueriesContext(connection) as statements:
        services.merge_incident(one, into=other, by=ada, at=after(5))

    assert len(inserted(statements)) == 1
    assert set(Activity.objects.values_list("incident", flat=True)) == {one.pk, other.pk}


def test_what_is_undone_leaves_no_sign(quiet: Incident, ada: Person) -> None:
    class Undo(Exception):
        pass

    def change_and_undo() -> None:
        with transaction.atomic(), activity.together():
            leave(quiet, ada, Activity.Kind.EDIT, NOW)
            raise Undo

    with transaction.atomic(), activity.together():
        leave(quiet, ada, Activity.Kind.COMMAND, NOW)
        with pytest.raises(Undo):
            change_and_undo()

    assert [each.kind for each in Activity.objects.all()] == [Activity.Kind.COMMAND]


def test_bots_leave_no_signs(quiet: Incident, robot: Person) -> None:
    leave(quiet, robot, Activity.Kind.MESSAGE, NOW)

    assert not Activity.objects.exists()


def test_old_signs_become_daily_totals(quiet: Incident, ada: Person, grace: Person) -> None:
    old = NOW - KEPT - timedelta(days=2)
    leave(quiet, ada, Activity.Kind.MESSAGE, old, old + timedelta(hours=1), old + timedelta(days=1))
    leave(quiet, ada, Activity.Kind.EDIT, old)
    leave(quiet, grace, Activity.Kind.MESSAGE, NOW - KEPT)  # a day that has not passed completely

    for _ in range(2):
        history.throw_away_old_rows(NOW)

    day = old.date()
    assert totals() == [
        (day, Activity.Kind.MESSAGE, 2),
        (day, Activity.Kind.EDIT, 1),
        (day + timedelta(days=1), Activity.Kind.MESSAGE, 1),
    ]
    assert [each.person for each in Activity.objects.all()] == [grace]


def test_a_later_batch_adds_to_the_totals(
    quiet: Incident, ada: Person, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    monkeypatch.setattr(activity, "BATCH", 3)
    settings.ACTIVITY_DAYS = 7
    leave(quiet, ada, Activity.Kind.MESSAGE, *[NOW - timedelta(days=8, seconds=-n) for n in range(8)])

    activity.throw_away_old(NOW)

    assert totals() == [((NOW - timedelta(days=8)).date(), Activity.Kind.MESSAGE, 8)]
    assert not Activity.objects.exists()


def test_a_sign_of_somebody_who_was_just_erased_goes_too(quiet: Incident, ada: Person, grace: Person) -> None:
    leave(quiet, ada, Activity.Kind.MESSAGE, NOW)
    leave(quiet, grace, Activity.Kind.MESSAGE, NOW)
    Person.objects.filter(pk=grace.pk).update(erased_at=NOW)

    activity.throw_away_old(NOW)

    assert [each.person for each in Activity.objects.all()] == [ada]


@pytest.mark.django_db(transaction=True)
def test_workers_at_the_same_time_count_each_sign_once(
    seeded_db: None, ada: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(activity, "BATCH", 7)
    incident = declared(ada)
    Activity.objects.all().delete()
    leave(incident, ada, Activity.Kind.MESSAGE, *[NOW - KEPT - timedelta(days=3, seconds=n) for n in range(100)])

    at_once([lambda: activity.throw_away_old(NOW)] * 4)
    activity.throw_away_old(NOW)

    assert ActivityTotal.objects.aggregate(sum=Sum("count"))["sum"] == 100
    assert not Activity.objects.exists()


def test_ones_own_activity_is_counted_from_both_tables(quiet: Incident, ada: Person, grace: Person) -> None:
    leave(quiet, ada, Activity.Kind.MESSAGE, NOW, NOW - timedelta(minutes=1))
    leave(quiet, grace, Activity.Kind.MESSAGE, NOW)
    day = NOW.date()
    for before in (0, 5, 40):
        ActivityTotal.objects.create(
            person=ada, incident=quiet, day=day - timedelta(days=before), kind=Activity.Kind.MESSAGE, count=10
        )

    month = queries.own_activity(ada)

    assert [(each.day, each.count) for each in month.counted] == [(day, 12), (day - timedelta(days=5), 10)]
    earlier = queries.own_activity(ada, before=month.earlier)
    assert [(each.day, each.count) for each in earlier.counted] == [(day - timedelta(days=40), 10)]
    assert earlier.earlier is None


def test_what_one_may_no_longer_see_is_not_counted(ada: Person, grace: Person) -> None:
    secret = declared(ada, private=True)
    services.invite_member(secret, person=grace, by=ada, at=after(1))
    services.write_impact(secret, text="Customers", by=grace, at=after(2))
    ActivityTotal.objects.create(person=grace, incident=secret, day=NOW.date(), kind=Activity.Kind.MESSAGE, count=3)
    assert {each.count for each in queries.own_activity(grace).counted} == {1, 3}

    services.expel_member(secret, person=grace, by=ada, at=after(3))

    assert queries.own_activity(grace).counted == []


@pytest.fixture(autouse=True)
def _nothing_is_left_together() -> Iterator[None]:
    yield
    assert activity._together.get() is None
