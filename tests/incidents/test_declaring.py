from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from incidents import services
from incidents.models import EntryKind, Incident, Kind, Severity, Status
from people.errors import InvalidValue, Refusal
from people.models import Person
from tests.incidents.world import THREE_AM, Declaration, after, declared, entries, kinds, stored


def test_the_first_incident_is_number_one_and_they_count_up(ada: Person) -> None:
    numbers = [declared(ada).number for _ in range(3)]

    assert numbers == [1, 2, 3]


def test_a_refused_declaration_uses_up_no_number(ada: Person, robot: Person) -> None:
    declared(ada)

    refusals: list[Declaration] = [{"title": "  "}, {"lead": robot}, {"summary": "x" * (Incident.TEXT_MAX + 1)}]
    for refused in refusals:
        with pytest.raises(Refusal):
            declared(ada, **refused)

    assert declared(ada).number == 2
    assert Incident.objects.count() == 2


def test_a_new_incident_is_open_and_began_now(ada: Person) -> None:
    incident = stored(declared(ada, at=THREE_AM))

    assert incident.status == Status.INVESTIGATING
    assert incident.is_open
    assert not incident.is_resolved
    assert incident.reported_at == incident.started_at == THREE_AM
    assert incident.resolved_at is None
    assert incident.mitigated_at is None
    assert incident.severity is None
    assert incident.lead is None
    assert incident.kind == Kind.LIVE
    assert not incident.private


def test_everything_the_reporter_knew_is_kept(ada: Person, grace: Person, major: Severity) -> None:
    incident = stored(
        declared(
            ada,
            title="Checkout returns 500s",
            summary="Since the **deploy**",
            impact="Nobody can pay",
            severity=major,
            lead=grace,
            kind=Kind.DRILL,
            started_at=after(-20),
            private=True,
        )
    )

    assert (incident.title, incident.summary, incident.impact) == (
        "Checkout returns 500s",
        "Since the **deploy**",
        "Nobody can pay",
    )
    assert incident.severity == major
    assert incident.lead == grace
    assert incident.kind == Kind.DRILL
    assert incident.started_at == after(-20)
    assert incident.private


def test_the_answer_of_a_declaration_is_what_was_stored(ada: Person, grace: Person, major: Severity) -> None:
    incident = declared(ada, title=" two   words ", severity=major, lead=grace, started_at=after(-20))

    for field in Incident._meta.concrete_fields:
        assert getattr(incident, field.attname) == getattr(stored(incident), field.attname), field.name
    assert services.fingerprint(incident) == services.fingerprint(stored(incident))


def test_a_declaration_is_the_first_entry(ada: Person) -> None:
    incident = declared(ada)

    (opened,) = entries(incident)
    assert opened.kind == EntryKind.OPENED
    assert opened.seq == 1
    assert opened.actor == ada
    assert opened.text == "Declared INC-1: Checkout returns 500s"
    assert opened.happened_at == opened.recorded_at == THREE_AM


def test_a_lead_named_at_once_is_the_second_entry(ada: Person, grace: Person) -> None:
    incident = declared(ada, lead=grace)

    assert kinds(incident) == [EntryKind.OPENED, EntryKind.LEAD_ASSIGNED]
    assert incident.version == 2


def test_a_severity_chosen_at_once_is_told_on_the_timeline(ada: Person, grace: Person, major: Severity) -> None:
    incident = declared(ada, severity=major, lead=grace)

    assert kinds(incident) == [EntryKind.OPENED, EntryKind.SEVERITY_CHANGED, EntryKind.LEAD_ASSIGNED]
    assert "Major" in entries(incident)[1].text


@pytest.mark.parametrize(
    ("chosen", "words"), [({"kind": Kind.DRILL}, "INC-1 (drill): "), ({"private": True}, "INC-1 (private): ")]
)
def test_what_else_was_chosen_is_told_on_the_timeline(ada: Person, chosen: dict[str, Any], words: str) -> None:
    assert words in entries(declared(ada, **chosen))[0].text


def test_reporter_and_lead_take_part(ada: Person, grace: Person) -> None:
    incident = declared(ada, lead=grace)

    assert [p.person for p in incident.participants.all()] == [ada, grace]


def test_a_reporter_who_leads_is_listed_once(ada: Person) -> None:
    incident = declared(ada, lead=ada)

    assert [p.person for p in incident.participants.all()] == [ada]


def test_a_title_becomes_one_line(ada: Person) -> None:
    assert declared(ada, title="  Checkout \n\t returns\r\n500s ").title == "Checkout returns 500s"


def test_a_title_of_the_greatest_length_is_taken(ada: Person) -> None:
    title = "🔥" * Incident.TITLE_MAX

    assert stored(declared(ada, title=title)).title == title


def test_an_incident_cannot_begin_after_it_was_reported(ada: Person) -> None:
    with pytest.raises(InvalidValue) as refusal:
        declared(ada, at=THREE_AM, started_at=THREE_AM + timedelta(seconds=1))

    assert refusal.value.field == "started_at"


def test_an_incident_shows_its_reference(ada: Person) -> None:
    incident = declared(ada)

    assert incident.reference == "INC-1"
    assert str(incident) == "INC-1 Checkout returns 500s"


def test_a_severity_that_is_not_used_any_more_is_refused(ada: Person, minor: Severity) -> None:
    minor.is_active = False

    with pytest.raises(InvalidValue, match=r"^Minor is no longer in use\. Choose another severity\.$") as refusal:
        declared(ada, severity=minor)

    assert refusal.value.field == "severity"
