from __future__ import annotations

from datetime import datetime

from incidents import queries, services
from incidents.models import EntryKind, Incident, Pin
from people.actors import System
from people.models import Person
from tests.incidents.world import after, declared, kinds, newest, stored


def pin(
    incident: Incident, by: Person | None, at: datetime, *, source: str = "C1:1.0", text: str = "DB is on fire"
) -> None:
    services.add_pin(incident, source=source, text=text, author=by, said_at=after(1), by=by or System("a test"), at=at)


def shown(incident: Incident) -> list[str]:
    return [e.text for e in queries.timeline(incident) if e.kind == EntryKind.PIN_ADDED]


def test_a_pin_keeps_what_was_said_by_whom_and_where(incident: Incident, ada: Person, grace: Person) -> None:
    services.add_pin(
        incident,
        source="C1:1.0",
        text="DB is on **fire**",
        author=ada,
        said_at=after(1),
        by=grace,
        at=after(9),
        permalink="https://example.slack.com/archives/C1/p10",
        files=[{"name": "graph.png", "url": "https://files.example.com/graph.png"}],
    )

    kept = Pin.objects.get()
    assert (kept.text, kept.author, kept.said_at) == ("DB is on **fire**", ada, after(1))
    assert (kept.pinned_by, kept.pinned_at, kept.removed_at) == (grace, after(9), None)
    assert kept.permalink == "https://example.slack.com/archives/C1/p10"
    assert kept.files == [{"name": "graph.png", "url": "https://files.example.com/graph.png"}]


def test_a_pin_stands_where_it_was_said_not_where_it_was_pinned(incident: Incident, ada: Person) -> None:
    services.add_note(incident, text="Rolled back", by=ada, at=after(5))

    pin(incident, ada, after(9))

    assert [e.text for e in queries.timeline(incident)][1:] == ["DB is on fire", "Rolled back"]
    assert newest(incident).happened_at == after(1)
    assert newest(incident).recorded_at == after(9)


def test_pinning_twice_shows_it_once(incident: Incident, ada: Person, grace: Person) -> None:
    pin(incident, ada, after(9))

    pin(incident, grace, after(10), text="heard again")

    assert shown(incident) == ["DB is on fire"]
    assert kinds(incident) == [EntryKind.OPENED, EntryKind.PIN_ADDED]
    assert Pin.objects.get().pinned_by == ada


def test_unpinning_takes_it_off_the_page_but_not_out_of_history(incident: Incident, ada: Person) -> None:
    pin(incident, ada, after(9))
    pin(incident, ada, after(9), source="C1:2.0", text="Another")

    services.remove_pin(incident, source="C1:1.0", by=ada, at=after(10))

    assert shown(incident) == ["Another"]
    assert EntryKind.PIN_REMOVED not in [e.kind for e in queries.timeline(incident)]
    assert [e.text for e in queries.history(incident)][1:] == ["DB is on fire", "Another", "Unpinned a message"]
    assert Pin.objects.get(source="C1:1.0").removed_at == after(10)


def test_unpinning_what_was_not_pinned_does_nothing(incident: Incident, ada: Person) -> None:
    services.remove_pin(incident, source="C1:1.0", by=ada, at=after(10))

    assert stored(incident).version == 1


def test_unpinning_twice_is_told_once(incident: Incident, ada: Person) -> None:
    pin(incident, ada, after(9))

    for minute in (10, 11):
        services.remove_pin(incident, source="C1:1.0", by=ada, at=after(minute))

    assert kinds(incident)[1:] == [EntryKind.PIN_ADDED, EntryKind.PIN_REMOVED]
    assert Pin.objects.get().removed_at == after(10)


def test_a_message_pinned_again_has_its_newest_words(incident: Incident, ada: Person, grace: Person) -> None:
    pin(incident, ada, after(9))
    services.remove_pin(incident, source="C1:1.0", by=ada, at=after(10))

    pin(incident, grace, after(11), text="DB was on fire")

    kept = Pin.objects.get()
    assert (kept.text, kept.pinned_by, kept.removed_at) == ("DB was on fire", grace, None)
    assert kinds(incident)[1:] == [EntryKind.PIN_ADDED, EntryKind.PIN_REMOVED, EntryKind.PIN_ADDED]


def test_the_same_message_can_be_kept_for_two_incidents(incident: Incident, ada: Person) -> None:
    other = declared(ada, title="Another")
    pin(incident, ada, after(9))
    pin(other, ada, after(9))

    services.remove_pin(incident, source="C1:1.0", by=ada, at=after(10))

    assert shown(incident) == []
    assert shown(other) == ["DB is on fire"]


def test_nobody_known_can_pin(incident: Incident) -> None:
    pin(incident, None, after(9))

    assert newest(incident).actor is None
    assert shown(incident) == ["DB is on fire"]


def test_a_message_pinned_taken_off_and_pinned_again_is_shown_once(incident: Incident, ada: Person) -> None:
    for minute in (10, 20, 30):
        pin(incident, ada, after(minute), text=f"As it said at {minute}")
        services.remove_pin(incident, source="C1:1.0", by=ada, at=after(minute + 5))
    pin(incident, ada, after(40), text="As it says now")

    assert shown(incident) == ["As it says now"]
    assert kinds(incident).count(EntryKind.PIN_ADDED) == 4


def test_an_edited_message_is_shown_once_with_its_newest_words(incident: Incident, ada: Person, grace: Person) -> None:
    pin(incident, ada, after(9))

    services.change_pin(incident, source="C1:1.0", text="DB was on fire", by=grace, at=after(10))

    assert Pin.objects.get().text == "DB was on fire"
    assert [e.kind for e in queries.timeline(incident)] == [EntryKind.OPENED, EntryKind.PIN_ADDED]
    assert [e.text for e in queries.history(incident)][1:] == ["DB is on fire", "DB was on fire"]
    assert newest(incident).data["from"] == "DB is on fire"


def test_an_edited_message_that_is_taken_off_is_gone_from_the_page(incident: Incident, ada: Person) -> None:
    pin(incident, ada, after(9), text="The password is hunter2")
    services.change_pin(incident, source="C1:1.0", text="The password is hunter3", by=ada, at=after(10))

    services.remove_pin(incident, source="C1:1.0", by=ada, at=after(11))

    assert [e.kind for e in queries.timeline(incident)] == [EntryKind.OPENED]


def test_an_edit_of_a_message_that_is_not_pinned_or_says_the_same_does_nothing(incident: Incident, ada: Person) -> None:
    services.change_pin(incident, source="C1:1.0", text="Never pinned", by=ada, at=after(8))
    pin(incident, ada, after(9))
    services.change_pin(incident, source="C1:1.0", text="DB is on fire", by=ada, at=after(10))
    services.remove_pin(incident, source="C1:1.0", by=ada, at=after(11))
    services.change_pin(incident, source="C1:1.0", text="Taken off", by=ada, at=after(12))

    assert kinds(incident)[1:] == [EntryKind.PIN_ADDED, EntryKind.PIN_REMOVED]
    assert Pin.objects.get().text == "DB is on fire"
