"""Incidents that turn out to be none, or the same trouble as another."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from incidents import services
from incidents.errors import NotResolved
from incidents.fields import CustomField
from incidents.models import EntryKind, Incident, Status
from people.errors import InvalidValue, Refusal, Unchanged, WrongState
from people.models import Person
from tests.incidents.world import after, declared, kinds, newest, replayed, state, stored


@pytest.fixture
def other(incident: Incident, ada: Person) -> Incident:
    return declared(ada, title="Payments time out")


def cancel(incident: Incident, other: Incident, *, by: Person) -> None:
    services.cancel_incident(incident, by=by, at=after(10))


def merge(incident: Incident, other: Incident, *, by: Person) -> None:
    services.merge_incident(incident, into=other, by=by, at=after(10))


BOTH = pytest.mark.parametrize("set_aside", [cancel, merge])
SetAside = Callable[..., None]


@BOTH
def test_it_is_over_and_was_not_resolved(set_aside: SetAside, incident: Incident, other: Incident, ada: Person) -> None:
    services.change_status(incident, to=Status.MONITORING, by=ada, at=after(5))

    set_aside(incident, other, by=ada)

    now = stored(incident)
    assert not now.is_open
    assert not now.is_resolved
    assert (now.resolved_at, now.mitigated_at) == (None, None)
    assert now.ended_at == after(10)
    assert now.duration(after(600)) == timedelta(minutes=10)
    assert replayed(incident) == state(incident)


@BOTH
def test_reopening_brings_it_back(set_aside: SetAside, incident: Incident, other: Incident, ada: Person) -> None:
    set_aside(incident, other, by=ada)

    services.reopen_incident(incident, by=ada, at=after(20))

    now = stored(incident)
    assert now.status == Status.INVESTIGATING
    assert (now.ended_at, now.merged_into) == (None, None)
    assert now.duration(after(70)) == timedelta(minutes=70)
    assert newest(incident).kind == EntryKind.REOPENED
    assert replayed(incident) == state(incident)


@BOTH
def test_only_reopening_leads_out_of_it(set_aside: SetAside, incident: Incident, other: Incident, ada: Person) -> None:
    set_aside(incident, other, by=ada)
    status = incident.status

    for to in (Status.RESOLVED, Status.IDENTIFIED):
        with pytest.raises(WrongState, match=rf"^INC-1 is {status}\. Reopen it first\.$"):
            services.change_status(incident, to=to, by=ada, at=after(20))
    with pytest.raises(WrongState, match=rf"^INC-1 is {status}\. Reopen it first\.$"):
        services.resolve_incident(incident, by=ada, at=after(20))
    again = rf"^INC-1 is (already {status}|{status}\. Reopen it first, then \w+ it)"
    with pytest.raises((WrongState, Unchanged), match=again):
        services.cancel_incident(incident, by=ada, at=after(20))
    with pytest.raises((WrongState, Unchanged), match=again):
        services.merge_incident(incident, into=other, by=ada, at=after(20))

    assert stored(incident).status == status


@BOTH
def test_what_must_be_set_before_resolving_is_not_asked_for(
    set_aside: SetAside, incident: Incident, other: Incident, ada: Person, add_field: Callable[..., CustomField]
) -> None:
    add_field("cause", "Cause", "text", required="resolving")

    set_aside(incident, other, by=ada)

    assert not stored(incident).is_open


def test_canceled_and_merged_cannot_begin_after_their_end(incident: Incident, ada: Person) -> None:
    services.cancel_incident(incident, by=ada, at=after(10))

    with pytest.raises(
        InvalidValue, match=r"^The incident was canceled at 2026-11-21 03:10 UTC, so it can't have begun after that\.$"
    ):
        services.correct_start(incident, to=after(11), by=ada, at=after(20))


def test_what_is_resolved_is_neither_canceled_nor_merged(incident: Incident, other: Incident, ada: Person) -> None:
    services.resolve_incident(incident, by=ada, at=after(10))

    with pytest.raises(WrongState, match=r"^INC-1 is resolved\. Reopen it first, then cancel it\.$"):
        services.cancel_incident(incident, by=ada, at=after(20))
    with pytest.raises(WrongState, match=r"^INC-1 is resolved\. Reopen it first, then merge it\.$"):
        services.merge_incident(incident, into=other, by=ada, at=after(20))


def test_both_timelines_tell_of_a_merge_by_reference_alone(incident: Incident, other: Incident, ada: Person) -> None:
    services.make_private(incident, by=ada, at=after(5))

    services.merge_incident(incident, into=other, by=ada, at=after(10))

    assert stored(incident).merged_into == other
    assert (newest(incident).kind, newest(incident).text) == (EntryKind.MERGED, "Merged into INC-2")
    assert newest(other).kind == EntryKind.MERGED_HERE
    assert newest(other).text == "INC-1 was merged into this incident"
    assert replayed(other) == state(other)


def test_both_timelines_tell_of_its_return(incident: Incident, other: Incident, ada: Person) -> None:
    services.merge_incident(incident, into=other, by=ada, at=after(10))

    services.reopen_incident(incident, by=ada, at=after(20))

    assert kinds(incident) == [EntryKind.OPENED, EntryKind.MERGED, EntryKind.REOPENED]
    assert kinds(other) == [EntryKind.OPENED, EntryKind.MERGED_HERE, EntryKind.MERGE_UNDONE]
    assert newest(other).text == "INC-1 was reopened as a separate incident"
    assert replayed(other) == state(other)


def test_an_incident_is_not_merged_into_itself(incident: Incident, ada: Person) -> None:
    with pytest.raises(InvalidValue, match=r"^INC-1 can't be merged into itself\.$"):
        services.merge_incident(incident, into=stored(incident), by=ada, at=after(10))


def test_nothing_is_merged_into_what_is_over(incident: Incident, other: Incident, ada: Person) -> None:
    services.resolve_incident(other, by=ada, at=after(10))

    with pytest.raises(WrongState, match=r"^INC-2 is resolved\. Reopen it first, then merge INC-1 into it\.$"):
        services.merge_incident(incident, into=other, by=ada, at=after(20))

    assert kinds(incident) == [EntryKind.OPENED]


def test_what_was_merged_further_names_where_it_goes_on(incident: Incident, other: Incident, ada: Person) -> None:
    third = declared(ada)
    services.merge_incident(other, into=third, by=ada, at=after(10))

    with pytest.raises(WrongState, match=r"^INC-2 was merged into INC-3\. Merge INC-1 into INC-3 instead\.$"):
        services.merge_incident(incident, into=other, by=ada, at=after(20))


def test_who_receives_others_may_be_merged_on(incident: Incident, other: Incident, ada: Person) -> None:
    third = declared(ada)
    services.merge_incident(incident, into=other, by=ada, at=after(10))

    services.merge_incident(other, into=third, by=ada, at=after(20))

    assert stored(incident).merged_into == other
    assert stored(other).merged_into == third


def test_an_open_incident_is_not_reopened(incident: Incident, ada: Person) -> None:
    with pytest.raises(NotResolved, match=r"^INC-1 is investigating, not resolved\.$"):
        services.reopen_incident(incident, by=ada, at=after(1))


def test_a_refusal_is_a_sentence(incident: Incident, ada: Person) -> None:
    sentence = "INC-1 is investigating, and you can't set its status to canceled. Cancel or merge it instead."
    with pytest.raises(Refusal, match=f"^{re.escape(sentence)}$"):
        services.change_status(incident, to=Status.CANCELED, by=ada, at=after(1))
