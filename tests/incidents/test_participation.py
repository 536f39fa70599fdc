from __future__ import annotations

from incidents import services
from incidents.models import EntryKind, Incident, Participant
from people.models import Person
from tests.incidents.world import THREE_AM, after, kinds, newest, stored


def test_somebody_who_comes_is_told_of_once(incident: Incident, grace: Person) -> None:
    for minute in (5, 6, 7):
        services.record_participation(incident, person=grace, at=after(minute))

    assert kinds(incident) == [EntryKind.OPENED, EntryKind.PARTICIPANT_JOINED]
    assert newest(incident).text == "Grace Hopper joined"
    assert newest(incident).data == {"person": grace.pk}


def test_messages_are_counted_and_the_last_sight_moves_on(incident: Incident, grace: Person) -> None:
    services.record_participation(incident, person=grace, at=after(5), messages=1)
    services.record_participation(incident, person=grace, at=after(6), messages=2)
    services.record_participation(incident, person=grace, at=after(7))

    part = incident.participants.get(person=grace)
    assert part.message_count == 3
    assert (part.first_seen_at, part.last_seen_at) == (after(5), after(7))


def test_news_that_come_late_do_not_move_the_last_sight_back(incident: Incident, grace: Person) -> None:
    services.record_participation(incident, person=grace, at=after(7), messages=1)
    services.record_participation(incident, person=grace, at=after(6), messages=1)

    part = incident.participants.get(person=grace)
    assert part.last_seen_at == after(7)
    assert part.message_count == 2


def test_the_reporter_was_there_from_the_start_and_is_not_told_of(incident: Incident, ada: Person) -> None:
    services.record_participation(incident, person=ada, at=after(5), messages=1)

    part = Participant.objects.get(person=ada)
    assert (part.first_seen_at, part.last_seen_at, part.message_count) == (THREE_AM, after(5), 1)
    assert stored(incident).version == 1


def test_news_that_come_late_move_the_first_sight_back(incident: Incident, grace: Person) -> None:
    services.record_participation(incident, person=grace, at=after(7), messages=1)
    services.record_participation(incident, person=grace, at=after(5), messages=1)

    part = incident.participants.get(person=grace)
    assert (part.first_seen_at, part.last_seen_at) == (after(5), after(7))
