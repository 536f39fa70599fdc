from __future__ import annotations

import pytest

from incidents import queries, services
from incidents.models import Action, EntryKind, Incident
from people.errors import InvalidValue, NotFound, Unchanged
from people.models import Person
from tests.incidents.world import after, declared, kinds, newest, stored


def test_an_action_is_noted_with_its_owner(incident: Incident, ada: Person, grace: Person) -> None:
    action = services.add_action(incident, text=" Add an index\r\n", by=ada, at=after(5), owner=grace)

    kept = Action.objects.get()
    assert kept == action
    assert (kept.text, kept.owner, kept.created_by, kept.created_at) == ("Add an index", grace, ada, after(5))
    assert (kept.priority, kept.type) == (Action.Priority.NORMAL, Action.Type.FOLLOW_UP)
    assert kept.done_at is None
    assert newest(incident).kind == EntryKind.ACTION_ADDED
    assert newest(incident).data["action"] == action.pk
    assert newest(incident).data["owner"] == grace.pk


def test_an_action_may_be_nobodys(incident: Incident, ada: Person) -> None:
    assert services.add_action(incident, text="Add an index", by=ada, at=after(5)).owner is None


def test_an_action_says_who_did_it_and_when(incident: Incident, ada: Person, grace: Person) -> None:
    action = services.add_action(incident, text="Add an index", by=ada, at=after(5))

    services.complete_action(incident, action=action, by=grace, at=after(50))

    kept = Action.objects.get()
    assert (kept.done_at, kept.done_by) == (after(50), grace)
    assert newest(incident).kind == EntryKind.ACTION_COMPLETED
    assert newest(incident).text == "Add an index"


def test_an_action_is_done_once(incident: Incident, ada: Person, grace: Person) -> None:
    action = services.add_action(incident, text="Add an index", by=ada, at=after(5))
    stale = Action.objects.get()
    services.complete_action(incident, action=action, by=ada, at=after(50))

    with pytest.raises(Unchanged, match=r"^That action item is already done\.$"):
        services.complete_action(incident, action=stale, by=grace, at=after(51))

    assert Action.objects.get().done_by == ada
    assert kinds(incident).count(EntryKind.ACTION_COMPLETED) == 1


def test_an_action_outlives_the_incident(incident: Incident, ada: Person) -> None:
    action = services.add_action(incident, text="Add an index", by=ada, at=after(5))
    services.resolve_incident(incident, by=ada, at=after(10))

    services.complete_action(incident, action=action, by=ada, at=after(50))

    assert stored(incident).is_resolved
    assert Action.objects.get().done_at == after(50)


@pytest.mark.parametrize("text", ["", "  \n ", "x" * (Incident.TEXT_MAX + 1)])
def test_an_action_without_words_or_with_too_many_is_refused(incident: Incident, ada: Person, text: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        services.add_action(incident, text=text, by=ada, at=after(5))

    assert refusal.value.field == "action"
    assert not Action.objects.exists()
    assert stored(incident).version == 1


def test_a_note_stands_at_its_own_time(incident: Incident, ada: Person) -> None:
    services.add_note(incident, text="Rolled back", by=ada, at=after(10))
    services.add_note(incident, text="Deployed", by=ada, at=after(20), happened_at=after(-5))

    assert [e.text for e in queries.timeline(incident)] == [
        "Deployed",
        "Declared INC-1: Checkout returns 500s",
        "Rolled back",
    ]
    assert newest(incident).recorded_at == after(20)
    assert newest(incident).happened_at == after(-5)


def test_the_same_note_may_be_written_twice(incident: Incident, ada: Person) -> None:
    for _ in range(2):
        services.add_note(incident, text="Still down", by=ada, at=after(10))

    assert [e.text for e in queries.timeline(incident)][1:] == ["Still down", "Still down"]


@pytest.mark.parametrize("text", ["", " \r\n ", "x" * (Incident.TEXT_MAX + 1)])
def test_a_note_without_words_or_with_too_many_is_refused(incident: Incident, ada: Person, text: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        services.add_note(incident, text=text, by=ada, at=after(5))

    assert refusal.value.field == "note"
    assert stored(incident).version == 1


def test_a_note_about_the_future_is_refused(incident: Incident, ada: Person) -> None:
    with pytest.raises(InvalidValue, match=r"^That time is in the future\.$") as refusal:
        services.add_note(incident, text="Rolled back", by=ada, at=after(5), happened_at=after(6))

    assert refusal.value.field == "happened_at"


def test_an_action_of_another_incident_cannot_be_completed_here(incident: Incident, ada: Person) -> None:
    elsewhere = declared(ada, title="Another")
    action = services.add_action(elsewhere, text="Add an index", by=ada, at=after(5))

    with pytest.raises(NotFound, match=r"^INC-1 has no such action item\.$"):
        services.complete_action(incident, action=action, by=ada, at=after(6))

    assert Action.objects.get().done_at is None
    assert stored(incident).version == 1


def test_a_bot_or_a_leaver_cannot_own_an_action(incident: Incident, ada: Person, robot: Person, leaver: Person) -> None:
    with pytest.raises(InvalidValue, match=r"^Deploy Bot is a bot and can't own an action item\.$") as refusal:
        services.add_action(incident, text="Add an index", by=ada, at=after(5), owner=robot)
    with pytest.raises(InvalidValue, match=r"^Charles Babbage is deactivated and can't own an action item\.$"):
        services.add_action(incident, text="Add an index", by=ada, at=after(5), owner=leaver)

    assert refusal.value.field == "owner"
    assert not Action.objects.exists()


def test_an_action_says_how_urgent_it_is_and_until_when(incident: Incident, ada: Person) -> None:
    action = services.add_action(
        incident,
        text="Add an index",
        by=ada,
        at=after(5),
        priority=Action.Priority.HIGH,
        type=Action.Type.FIX,
        due_at=after(60),
    )

    kept = Action.objects.get()
    assert (kept.priority, kept.type, kept.due_at) == (Action.Priority.HIGH, Action.Type.FIX, after(60))
    assert newest(incident).data == {
        "action": action.pk,
        "owner": None,
        "priority": "high",
        "type": "fix",
        "due_at": "2026-11-21T04:00:00+00:00",
    }


def test_an_update_tells_how_it_stands(incident: Incident, ada: Person) -> None:
    services.post_update(incident, text=" Half of Europe is **back**\r\n", by=ada, at=after(5))

    assert newest(incident).kind == EntryKind.UPDATE_POSTED
    assert newest(incident).text == "Half of Europe is **back**"
    assert newest(incident).actor == ada


@pytest.mark.parametrize("text", ["", " \n", "x" * (Incident.TEXT_MAX + 1)])
def test_an_update_without_words_or_with_too_many_is_refused(incident: Incident, ada: Person, text: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        services.post_update(incident, text=text, by=ada, at=after(5))

    assert refusal.value.field == "update"
    assert stored(incident).version == 1
