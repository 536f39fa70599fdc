from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from incidents import redaction, services
from incidents.fields import CustomField
from incidents.models import EntryKind, Incident, Role, TimelineEntry
from people.errors import Refusal
from people.models import Person
from tests.incidents.everything import everything
from tests.incidents.world import after, declared, entries, kinds, newest, replayed, state, stored


def test_each_service_writes_its_entry_and_the_numbers_have_no_gaps(
    ada: Person, grace: Person, scribe: Role, add_field: Callable[..., CustomField]
) -> None:
    add_field("region", "Region", "text")
    incident = everything(ada, grace, scribe=scribe)
    for entry in entries(incident):
        if entry.kind in redaction.PROPERTIES:
            redaction.redact_entry(incident, entry=entry, by=ada, reason="A password", at=after(35))

    assert set(kinds(incident)) == set(EntryKind)
    assert [entry.seq for entry in entries(incident)] == list(range(1, 46))
    assert incident.version == stored(incident).version == 45
    assert replayed(incident) == state(incident)


def test_what_was_refused_leaves_no_entry_and_no_gap(incident: Incident, ada: Person, robot: Person) -> None:
    services.write_impact(incident, text="Europe", by=ada, at=after(1))
    refused: list[Callable[[], None]] = [
        lambda: services.rename_incident(incident, to=incident.title, by=ada, at=after(2)),
        lambda: services.assign_lead(incident, to=robot, by=ada, at=after(2)),
        lambda: services.reopen_incident(incident, by=ada, at=after(2)),
        lambda: services.add_note(incident, text="", by=ada, at=after(2)),
    ]

    for order in refused:
        with pytest.raises(Refusal):
            order()
    services.resolve_incident(incident, by=ada, at=after(3))

    assert [entry.seq for entry in entries(incident)] == [1, 2, 3]
    assert incident.version == 3


STALE: dict[str, Callable[[Incident, Person], object]] = {
    "rename": lambda i, p: services.rename_incident(i, to="Payments", by=p, at=after(2)),
    "edit": lambda i, p: services.edit_incident(i, wanted={"title": "Payments"}, seen={}, by=p, at=after(2)),
    "lead": lambda i, p: services.assign_lead(i, to=p, by=p, at=after(2)),
    "remove lead": lambda i, p: services.remove_lead(i, by=p, at=after(2)),
    "resolve": lambda i, p: services.resolve_incident(i, by=p, at=after(2)),
    "channel": lambda i, p: services.request_channel(i, by=p, at=after(2)),
    "link": lambda i, p: services.attach_link(i, kind="ticket", label="T", url="https://a.example", at=after(2)),
    "participation": lambda i, p: services.record_participation(i, person=p, at=after(2)),
    "pin": lambda i, p: services.add_pin(i, source="C1:2", text="P", author=p, said_at=after(1), by=p, at=after(2)),
    "unpin": lambda i, p: services.remove_pin(i, source="C1:1", by=p, at=after(2)),
    "change pin": lambda i, p: services.change_pin(i, source="C1:1", text="Out", by=p, at=after(2)),
    "role": lambda i, p: services.assign_role(i, role=Role.objects.get(), to=p, by=p, at=after(2)),
    "remove role": lambda i, p: services.remove_role(i, role=Role.objects.get(), by=p, at=after(2)),
    "private": lambda i, p: services.make_private(i, by=p, at=after(2)),
    "update": lambda i, p: services.post_update(i, text="Nearly there", by=p, at=after(2)),
    "note": lambda i, p: services.add_note(i, text="N", by=p, at=after(2)),
    "trouble": lambda i, p: services.record_trouble(i, with_="channel", text="N", at=after(2)),
    "action": lambda i, p: services.add_action(i, text="A", by=p, at=after(2)),
}


@pytest.mark.parametrize("order", STALE.values(), ids=STALE.keys())
def test_somebody_who_looked_a_while_ago_counts_on_from_the_newest_entry(
    ada: Person, grace: Person, order: Callable[[Incident, Person], object]
) -> None:
    incident = declared(ada, lead=ada)
    services.add_pin(incident, source="C1:1", text="Fire", author=ada, said_at=after(1), by=ada, at=after(1))
    looked_at = stored(incident)
    services.write_impact(incident, text="Europe", by=ada, at=after(1))

    order(looked_at, grace)

    assert [entry.seq for entry in entries(incident)] == [1, 2, 3, 4, 5]
    assert (looked_at.impact, looked_at.version) == ("Europe", 5)
    assert replayed(incident) == state(incident)


def test_two_incidents_count_on_their_own(incident: Incident, ada: Person) -> None:
    other = declared(ada)
    services.add_note(other, text="Other", by=ada, at=after(1))

    services.add_note(incident, text="This", by=ada, at=after(2))

    assert newest(incident).seq == newest(other).seq == 2


def test_the_same_number_cannot_be_given_twice(incident: Incident, ada: Person) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        TimelineEntry.objects.create(
            incident=incident,
            seq=1,
            kind=EntryKind.NOTE_ADDED,
            happened_at=after(1),
            recorded_at=after(1),
            actor=ada,
            text="Twice",
        )


def test_an_entry_cannot_be_changed(incident: Incident) -> None:
    entry = newest(incident)
    entry.text = "It never happened"

    attempts: list[Callable[[], object]] = [
        entry.save,
        lambda: TimelineEntry.objects.filter(incident=incident).update(text="It never happened"),
        lambda: incident.entries.update(text="It never happened"),
        lambda: TimelineEntry.objects.bulk_update([entry], ["text"]),
        lambda: TimelineEntry.objects.update_or_create(pk=entry.pk, defaults={"text": "It never happened"}),
    ]

    for attempt in attempts:
        with pytest.raises(TypeError, match="never changed"), transaction.atomic():
            attempt()

    assert newest(incident).text == "Declared INC-1: Checkout returns 500s"


def test_an_entry_cannot_be_deleted(incident: Incident) -> None:
    with pytest.raises(TypeError, match="never deleted"):
        newest(incident).delete()
    with pytest.raises(TypeError, match="never deleted"):
        TimelineEntry.objects.all().delete()
    with pytest.raises(TypeError, match="never deleted"):
        incident.entries.filter(seq=1).delete()

    assert len(entries(incident)) == 1


def test_an_incident_with_history_cannot_be_deleted(incident: Incident) -> None:
    with pytest.raises(ProtectedError):
        incident.delete()


def test_people_with_history_cannot_be_deleted(incident: Incident, ada: Person) -> None:
    with pytest.raises(ProtectedError):
        ada.delete()
