from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from incidents import services
from incidents.models import EntryKind, Incident, Kind, Severity, Status
from incidents.services import Edits
from people.errors import Conflict, InvalidValue, Refusal, Unchanged
from people.models import Person
from tests.incidents.world import THREE_AM, after, declared, entries, kinds, newest, severity, stored


@pytest.fixture
def incident(ada: Person) -> Incident:
    return declared(ada, summary="We are looking", impact="Nobody can pay", severity=severity("minor"), lead=ada)


def form(incident: Incident) -> Edits:
    """What a form shows when it opens, and sends back when nobody touches it."""
    return {
        "title": incident.title,
        "summary": incident.summary,
        "impact": incident.impact,
        "severity": incident.severity,
        "kind": Kind(incident.kind),
        "status": Status(incident.status),
        "lead": incident.lead,
        "started_at": incident.started_at,
    }


def test_a_form_sent_back_untouched_changes_nothing(incident: Incident, grace: Person) -> None:
    before = stored(incident)
    seen = services.fingerprint(incident)

    changed = services.edit_incident(incident, wanted=form(incident), seen=seen, by=grace, at=after(5))

    assert changed == []
    assert stored(incident).version == before.version


def test_only_the_changed_fields_are_written_and_each_has_its_entry(incident: Incident, grace: Person) -> None:
    seen, wanted = services.fingerprint(incident), form(incident)
    wanted["title"] = "Payments are down"
    wanted["lead"] = grace
    before = incident.version

    changed = services.edit_incident(incident, wanted=wanted, seen=seen, by=grace, at=after(5))

    assert changed == ["title", "lead"]
    assert kinds(incident)[before:] == [EntryKind.TITLE_CHANGED, EntryKind.LEAD_ASSIGNED]
    assert stored(incident).title == "Payments are down"
    assert stored(incident).lead == grace


def test_every_field_can_be_edited(incident: Incident, grace: Person, major: Severity) -> None:
    wanted: Edits = {
        "title": "Payments are down",
        "summary": "The deploy broke it",
        "impact": "All of Europe",
        "severity": major,
        "kind": Kind.REPORT,
        "status": Status.RESOLVED,
        "lead": grace,
        "started_at": after(-60),
    }

    changed = services.edit_incident(
        incident, wanted=wanted, seen=services.fingerprint(incident), by=grace, at=after(5)
    )

    assert changed == list(wanted)
    assert form(stored(incident)) == wanted


def test_an_untouched_field_never_undoes_newer_words(incident: Incident, ada: Person, grace: Person) -> None:
    seen, wanted = services.fingerprint(incident), form(incident)
    services.write_summary(incident, text="The deploy broke it", by=ada, at=after(1))
    services.assign_lead(incident, to=grace, by=ada, at=after(1))
    services.change_status(incident, to=Status.MONITORING, by=ada, at=after(1))
    wanted["title"] = "Payments are down"

    changed = services.edit_incident(incident, wanted=wanted, seen=seen, by=ada, at=after(5))

    assert changed == ["title"]
    now = stored(incident)
    assert (now.summary, now.lead, now.status) == ("The deploy broke it", grace, Status.MONITORING)


def test_a_field_that_both_changed_is_a_conflict_that_shows_what_it_says_now(
    incident: Incident, ada: Person, grace: Person
) -> None:
    seen = services.fingerprint(incident)
    services.write_summary(incident, text="The deploy broke it", by=ada, at=after(1))

    with pytest.raises(Conflict, match="It now says: The deploy broke it") as refusal:
        services.edit_incident(incident, wanted={"summary": "A cable"}, seen=seen, by=grace, at=after(5))

    assert refusal.value.field == "summary"
    assert refusal.value.current == "The deploy broke it"
    assert stored(incident).summary == "The deploy broke it"


def test_a_conflict_keeps_all_of_the_form_out(incident: Incident, ada: Person, grace: Person) -> None:
    seen = services.fingerprint(incident)
    services.write_impact(incident, text="", by=ada, at=after(1))
    wanted: Edits = {"title": "Payments are down", "impact": "All of Europe"}
    before = stored(incident)

    with pytest.raises(Conflict, match="It now says: nothing"):
        services.edit_incident(incident, wanted=wanted, seen=seen, by=grace, at=after(5))

    assert stored(incident).title == before.title
    assert stored(incident).version == before.version


def test_two_who_want_the_same_do_not_conflict(incident: Incident, ada: Person, grace: Person) -> None:
    seen = services.fingerprint(incident)
    services.assign_lead(incident, to=grace, by=ada, at=after(1))

    changed = services.edit_incident(incident, wanted={"lead": grace}, seen=seen, by=grace, at=after(5))

    assert changed == []


def test_a_change_that_was_changed_back_is_no_conflict(incident: Incident, ada: Person, grace: Person) -> None:
    seen = services.fingerprint(incident)
    services.rename_incident(incident, to="Something else", by=ada, at=after(1))
    services.rename_incident(incident, to="Checkout returns 500s", by=ada, at=after(2))

    changed = services.edit_incident(incident, wanted={"title": "Payments"}, seen=seen, by=grace, at=after(5))

    assert changed == ["title"]


def test_an_empty_choice_leaves_what_was_there(incident: Incident, ada: Person) -> None:
    wanted: Edits = {"severity": None, "lead": None, "started_at": None, "title": "Payments"}

    changed = services.edit_incident(incident, wanted=wanted, seen={}, by=ada, at=after(5))

    assert changed == ["title"]
    now = stored(incident)
    assert now.severity == severity("minor")
    assert now.lead == ada
    assert now.started_at == THREE_AM


def test_a_writer_who_saw_nothing_writes_without_asking(incident: Incident, ada: Person) -> None:
    changed = services.edit_incident(incident, wanted={"summary": "By the API"}, seen={}, by=ada, at=after(5))

    assert changed == ["summary"]


def test_a_summary_can_be_cleared(incident: Incident, ada: Person) -> None:
    services.edit_incident(incident, wanted={"summary": ""}, seen=services.fingerprint(incident), by=ada, at=after(5))

    assert stored(incident).summary == ""
    assert newest(incident).text == "Cleared"


def test_a_browsers_line_ends_are_not_a_change(incident: Incident, ada: Person) -> None:
    services.write_summary(incident, text="One\nTwo", by=ada, at=after(1))
    seen = services.fingerprint(incident)

    changed = services.edit_incident(incident, wanted={"summary": "One\r\nTwo\r\n"}, seen=seen, by=ada, at=after(5))

    assert changed == []


def test_a_form_that_knows_only_minutes_does_not_move_the_start(ada: Person) -> None:
    incident = declared(ada, at=datetime(2026, 11, 21, 3, 0, 42, 123456, tzinfo=UTC))
    seen = services.fingerprint(incident)

    changed = services.edit_incident(incident, wanted={"started_at": THREE_AM}, seen=seen, by=ada, at=after(5))

    assert changed == []
    assert stored(incident).started_at == THREE_AM + timedelta(seconds=42, microseconds=123456)


def test_a_refused_value_keeps_all_of_the_form_out(incident: Incident, ada: Person, robot: Person) -> None:
    before = stored(incident)

    with pytest.raises(InvalidValue):
        services.edit_incident(incident, wanted={"title": "Payments", "lead": robot}, seen={}, by=ada, at=after(5))

    assert stored(incident).title == before.title
    assert len(entries(incident)) == before.version


def test_an_edit_with_a_stale_incident_counts_on_from_the_newest_entry(incident: Incident, ada: Person) -> None:
    stale = stored(incident)
    services.rename_incident(incident, to="Payments", by=ada, at=after(1))

    services.write_impact(stale, text="All of Europe", by=ada, at=after(2))

    assert stale.title == "Payments"
    assert [entry.seq for entry in entries(incident)] == [1, 2, 3, 4, 5]


def test_a_fingerprint_is_small_enough_for_a_dialog(incident: Incident) -> None:
    seen = services.fingerprint(incident)

    assert set(seen) == set(form(incident))
    assert {len(digest) for digest in seen.values()} == {8}


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"title": "x" * (Incident.TITLE_MAX + 1)}, "title"),
        ({"title": "\n"}, "title"),
        ({"summary": "x" * (Incident.TEXT_MAX + 1)}, "summary"),
        ({"impact": "x" * (Incident.TEXT_MAX + 1)}, "impact"),
        ({"started_at": after(60)}, "started_at"),
    ],
)
def test_a_refusal_names_its_field(incident: Incident, ada: Person, wanted: Edits, field: str) -> None:
    with pytest.raises(Refusal) as refusal:
        services.edit_incident(incident, wanted=wanted, seen={}, by=ada, at=after(5))

    assert isinstance(refusal.value, InvalidValue)
    assert refusal.value.field == field


def test_an_untouched_field_is_not_refused_for_what_it_says(incident: Incident, ada: Person, grace: Person) -> None:
    seen, wanted = services.fingerprint(incident), form(incident)
    Severity.objects.filter(key="minor").update(is_active=False)
    Person.objects.filter(pk=ada.pk).update(is_active=False)
    wanted |= {"severity": severity("minor"), "lead": Person.objects.get(pk=ada.pk), "title": "Payments"}

    changed = services.edit_incident(incident, wanted=wanted, seen=seen, by=grace, at=after(5))

    assert changed == ["title"]
    assert stored(incident).lead == ada


@pytest.mark.parametrize("late", ["conflict", "refused value", "wrong state"])
def test_after_a_refusal_the_incident_in_hand_says_what_is_stored(
    incident: Incident, ada: Person, grace: Person, robot: Person, late: str
) -> None:
    seen = services.fingerprint(incident)
    services.write_impact(incident, text="All of Europe", by=grace, at=after(1))
    refused: dict[str, Edits] = {
        "conflict": {"impact": "Asia"},
        "refused value": {"lead": robot},
        "wrong state": {"status": Status.CANCELED},
    }

    with pytest.raises(Refusal):
        services.edit_incident(incident, wanted={"title": "Payments", **refused[late]}, seen=seen, by=ada, at=after(5))

    now = stored(incident)
    assert (incident.title, incident.impact, incident.version) == (now.title, now.impact, now.version)
    assert incident.impact == "All of Europe"


def test_a_conflict_says_which_field_it_is_about(incident: Incident, ada: Person, grace: Person) -> None:
    seen = services.fingerprint(incident)
    services.correct_start(incident, to=after(-10), by=ada, at=after(1))

    with pytest.raises(Conflict) as refusal:
        services.edit_incident(incident, wanted={"started_at": after(-20)}, seen=seen, by=grace, at=after(5))

    assert refusal.value.message == (
        "Somebody changed the start time while you were writing. It now says: 2026-11-21 02:50 UTC"
    )


def test_the_same_start_again_is_refused_in_plain_words(incident: Incident, ada: Person) -> None:
    with pytest.raises(Unchanged, match=r"^The start time of INC-1 already says that\.$"):
        services.correct_start(incident, to=THREE_AM, by=ada, at=after(5))
