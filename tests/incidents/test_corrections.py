from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from incidents import corrections, queries, redaction, services
from incidents.models import EntryKind, Incident, TimelineEntry
from people.errors import Conflict, InvalidValue, NotAllowed, NotFound, Unchanged, WrongState
from people.models import Person
from tests.incidents.world import after, declared, newest


@pytest.fixture
def note(incident: Incident, ada: Person) -> TimelineEntry:
    services.add_note(incident, text="The deploy began", by=ada, at=after(10), happened_at=after(5))
    return newest(incident)


def _told(incident: Incident) -> list[tuple[str, str]]:
    told = queries.timeline(incident).filter(kind__in=corrections.NOTES)
    return [(entry.kind, entry.text) for entry in told]


def test_a_corrected_note_says_the_new_text_at_its_time(incident: Incident, note: TimelineEntry, ada: Person) -> None:
    corrections.correct_note(incident, note=note, text="The rollback began", by=ada, at=after(11))
    corrections.correct_note(incident, note=note, text="The rollback ended", by=ada, at=after(12))

    assert _told(incident) == [("note_corrected", "The rollback ended")]
    shown = queries.timeline(incident).get(kind=EntryKind.NOTE_CORRECTED)
    assert (shown.happened_at, shown.recorded_at) == (after(5), after(12))
    texts = [entry.text for entry in corrections.versions(incident, shown)]
    assert texts == ["The deploy began", "The rollback began", "The rollback ended"]


def test_the_time_of_a_note_can_be_corrected(incident: Incident, note: TimelineEntry, ada: Person) -> None:
    corrections.correct_note(incident, note=note, text=note.text, happened_at=after(7), by=ada, at=after(11))

    assert newest(incident).happened_at == after(7)


def test_a_withdrawn_note_stands_as_withdrawn(incident: Incident, note: TimelineEntry, ada: Person) -> None:
    corrections.withdraw_note(incident, note=note, by=ada, at=after(11))

    assert _told(incident) == [("note_withdrawn", "Note withdrawn")]
    with pytest.raises(WrongState):
        corrections.correct_note(incident, note=note, text="No", by=ada, at=after(12))
    with pytest.raises(Unchanged):
        corrections.withdraw_note(incident, note=newest(incident), by=ada, at=after(12))


def test_author_lead_and_administrators_correct_and_nobody_else(
    incident: Incident, note: TimelineEntry, ada: Person, grace: Person, linus: Person
) -> None:
    with pytest.raises(NotAllowed, match="Ada Lovelace wrote this note"):
        corrections.correct_note(incident, note=note, text="Mine", by=grace, at=after(11))
    with pytest.raises(NotAllowed):
        corrections.withdraw_note(incident, note=note, by=grace, at=after(11))

    services.assign_lead(incident, to=grace, by=ada, at=after(12))
    corrections.correct_note(incident, note=note, text="Hers", by=grace, at=after(13))
    linus.login = User.objects.create_user("linus", is_staff=True)
    linus.save()
    corrections.withdraw_note(incident, note=note, by=linus, at=after(14))
    assert [entry.actor for entry in corrections.versions(incident, note)] == [ada, grace, linus]


def test_somebody_outside_corrects_nothing(ada: Person, grace: Person) -> None:
    incident = declared(ada, private=True)
    services.add_note(incident, text="Secret", by=ada, at=after(1))

    with pytest.raises(NotFound):
        corrections.correct_note(incident, note=newest(incident), text="Mine", by=grace, at=after(2))


def test_what_cannot_be_a_correction_is_refused(incident: Incident, note: TimelineEntry, ada: Person) -> None:
    def correct(text: str, *, seen: int | None = None, entry: TimelineEntry = note) -> None:
        corrections.correct_note(incident, note=entry, text=text, seen=seen, by=ada, at=after(20))

    for text in (" ", "x" * 3001):
        with pytest.raises(InvalidValue):
            correct(text)
    with pytest.raises(Unchanged):
        correct("The deploy began")
    with pytest.raises(NotFound, match="isn't a note"):
        correct("Other", entry=queries.entry(incident, seq=1))
    with pytest.raises(InvalidValue, match="future"):
        corrections.correct_note(incident, note=note, text="x", happened_at=after(30), by=ada, at=after(20))
    correct("First", seen=note.seq)
    with pytest.raises(Conflict, match="It now says: First"):
        correct("Second", seen=note.seq)


def test_redacting_a_note_takes_every_text_it_ever_had(
    incident: Incident, note: TimelineEntry, ada: Person, grace: Person
) -> None:
    services.assign_lead(incident, to=grace, by=ada, at=after(11))
    corrections.correct_note(incident, note=note, text="The password is Zanzibar", by=grace, at=after(12))
    corrections.correct_note(incident, note=note, text="No password", by=grace, at=after(13))
    redaction.redact_entry(incident, entry=newest(incident), by=ada, reason="A mistake", at=after(14))

    assert all(entry.is_redacted for entry in corrections.versions(incident, note))
    with pytest.raises(WrongState):
        corrections.correct_note(incident, note=note, text="More", by=ada, at=after(15))


def test_who_corrected_a_note_redacts_only_what_they_wrote(
    incident: Incident, note: TimelineEntry, ada: Person, grace: Person
) -> None:
    services.assign_lead(incident, to=grace, by=ada, at=after(11))
    corrections.correct_note(incident, note=note, text="The password is Zanzibar", by=grace, at=after(12))
    done = redaction.redact_entry(incident, entry=newest(incident), by=grace, reason="A mistake", at=after(14))

    assert [entry.is_redacted for entry in corrections.versions(incident, note)] == [False, True]
    assert done.others == 0, "The note that Ada wrote has none of it."


@pytest.mark.parametrize(
    ("wrote", "corrected"),
    [
        ("The pasword is Zanzibar", "The password is Zanzibar"),
        ("teh pin: x9!k", "Their pin: x9!k"),
        ("密码是李雷的生日和姓名", "这个密码是李雷的生日和姓名"),
    ],
)
def test_who_redacts_their_correction_reads_that_the_note_still_has_the_secret(
    incident: Incident, ada: Person, grace: Person, wrote: str, corrected: str
) -> None:
    services.assign_lead(incident, to=grace, by=ada, at=after(11))
    services.add_note(incident, text=wrote, by=ada, at=after(12))
    note = newest(incident)
    corrections.correct_note(incident, note=note, text=corrected, by=grace, at=after(13))

    done = redaction.redact_entry(incident, entry=newest(incident), by=grace, reason="leaked", at=after(14))

    note.refresh_from_db()
    assert note.text == wrote
    assert done.others == 1
