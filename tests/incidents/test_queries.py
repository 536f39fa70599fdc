from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from incidents import queries, services
from incidents.models import Incident, Severity, Status
from incidents.queries import SYSTEM
from people.errors import InvalidValue, NotFound
from people.models import Person
from tests.incidents.world import after, declared, severity


@pytest.fixture
def secret(ada: Person) -> Incident:
    return declared(ada, title="A leaver took the keys", private=True)


def sees(viewer: queries.Viewer, incident: Incident) -> bool:
    listed = incident in queries.incidents(viewer)
    try:
        found = queries.incident(viewer, number=incident.number) == incident
    except NotFound:
        found = False
    assert listed == found == (incident in queries.open_incidents(viewer))
    return listed


def test_everybody_known_sees_a_public_incident(incident: Incident, linus: Person) -> None:
    assert sees(linus, incident)


def test_a_stranger_sees_nothing(incident: Incident, secret: Incident) -> None:
    assert not sees(None, incident)
    assert not sees(None, secret)


def test_the_program_sees_everything(incident: Incident, secret: Incident) -> None:
    assert sees(SYSTEM, incident)
    assert sees(SYSTEM, secret)


def test_a_private_incident_does_not_exist_for_somebody_who_is_not_in_it(secret: Incident, linus: Person) -> None:
    assert not sees(linus, secret)

    with pytest.raises(NotFound, match=r"^There is no incident INC-1\.$"):
        queries.incident(linus, number=1)


def test_the_refusal_for_a_hidden_incident_is_that_for_one_that_never_was(secret: Incident, linus: Person) -> None:
    with pytest.raises(NotFound) as hidden:
        queries.incident(linus, number=secret.number)
    with pytest.raises(NotFound) as missing:
        queries.incident(linus, number=999)

    assert hidden.value.message.replace("INC-1", "INC-999") == missing.value.message


def test_who_took_part_in_another_incident_does_not_see_a_private_one(
    secret: Incident, ada: Person, linus: Person
) -> None:
    other = declared(ada, lead=linus)
    services.record_participation(other, person=linus, at=after(1))

    assert not sees(linus, secret)
    assert sees(linus, other)


def test_who_owns_an_action_or_was_quoted_is_not_in_it_yet(secret: Incident, ada: Person, linus: Person) -> None:
    with pytest.raises(InvalidValue, match=r"^Linus Torvalds can't see INC-1\. Invite them first\.$"):
        services.add_action(secret, text="Rotate the keys", by=ada, at=after(1), owner=linus)
    services.add_pin(secret, source="C1:1", text="Oh", author=linus, said_at=after(1), by=ada, at=after(2))

    assert not sees(linus, secret)


def test_reporter_role_holder_and_invited_people_see_a_private_incident(
    secret: Incident, ada: Person, grace: Person, linus: Person
) -> None:
    services.assign_lead(secret, to=grace, by=ada, at=after(1))
    services.invite_member(secret, person=linus, by=ada, at=after(2))

    for insider in (ada, grace, linus):
        assert sees(insider, secret)


def test_who_merely_took_part_does_not_see_it(secret: Incident, linus: Person) -> None:
    services.record_participation(secret, person=linus, at=after(2))

    assert not sees(linus, secret)


def test_a_former_lead_no_longer_sees_it(secret: Incident, ada: Person, grace: Person) -> None:
    services.assign_lead(secret, to=grace, by=ada, at=after(1))

    services.remove_lead(secret, by=ada, at=after(2))

    assert not sees(grace, secret)


def test_somebody_with_many_reasons_sees_it_once(secret: Incident, ada: Person, grace: Person) -> None:
    services.assign_lead(secret, to=ada, by=ada, at=after(1))
    services.assign_lead(secret, to=grace, by=ada, at=after(2))
    services.assign_lead(secret, to=ada, by=ada, at=after(3))

    assert list(queries.incidents(ada)) == [secret]


def test_incidents_come_newest_first(ada: Person) -> None:
    numbers = [declared(ada).number for _ in range(3)]

    assert [i.number for i in queries.incidents(ada)] == numbers[::-1]


@pytest.mark.parametrize("ended", [Status.RESOLVED, Status.CANCELED, Status.MERGED])
def test_open_incidents_are_those_people_work_on(ada: Person, ended: Status) -> None:
    working = [declared(ada) for _ in Status.working()]
    for incident, status in zip(working, Status.working(), strict=True):
        Incident.objects.filter(pk=incident.pk).update(status=status)
    over = declared(ada)
    Incident.objects.filter(pk=over.pk).update(status=ended)

    assert set(queries.open_incidents(ada)) == set(working)


def test_a_list_costs_the_same_for_one_and_for_many(ada: Person, grace: Person, major: Severity) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as made:
            for incident in queries.incidents(grace):
                assert (incident.lead, incident.severity, incident.reporter) == (grace, major, ada)
        return len(made)

    declared(ada, lead=grace, severity=major)
    one = cost()
    for _ in range(4):
        declared(ada, lead=grace, severity=major)

    assert cost() == one == 2


def test_a_timeline_costs_the_same_for_few_and_for_many_entries(incident: Incident, ada: Person, grace: Person) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as made:
            names = [str(entry.actor) for entry in queries.timeline(incident)]
        assert set(names) <= {str(ada), str(grace)}
        return len(made)

    few = cost()
    for minute in range(5):
        services.add_note(incident, text="Note", by=grace, at=after(minute))
        services.add_pin(incident, source=f"C1:{minute}", text="Pin", author=ada, said_at=after(1), by=ada, at=after(2))
        services.remove_pin(incident, source=f"C1:{minute}", by=grace, at=after(3))

    assert cost() == few


def test_a_timeline_tells_of_one_incident_only(incident: Incident, ada: Person) -> None:
    other = declared(ada)
    services.add_note(other, text="Elsewhere", by=ada, at=after(1))

    assert [e.incident_id for e in queries.timeline(incident)] == [incident.pk]
    assert [e.incident_id for e in queries.history(incident)] == [incident.pk]


def test_what_happened_at_one_moment_is_told_in_the_order_it_was_recorded(incident: Incident, ada: Person) -> None:
    for word in ("One", "Two", "Three"):
        services.add_note(incident, text=word, by=ada, at=after(5))

    assert [e.text for e in queries.timeline(incident)][1:] == ["One", "Two", "Three"]


def test_history_is_told_in_the_order_it_was_recorded(incident: Incident, ada: Person) -> None:
    services.add_note(incident, text="Deployed", by=ada, at=after(5), happened_at=after(-60))

    opened = "Declared INC-1: Checkout returns 500s"
    assert [e.text for e in queries.history(incident)] == [opened, "Deployed"]
    assert [e.text for e in queries.timeline(incident)] == ["Deployed", opened]


def test_a_retired_severity_is_not_offered(ada: Person) -> None:
    Severity.objects.filter(key="minor").update(is_active=False)

    assert [s.key for s in queries.severities()] == ["critical", "major", "trivial"]
    assert severity("minor").label == "🟡 Minor"


def test_bots_and_leavers_are_no_responders(ada: Person, grace: Person, robot: Person, leaver: Person) -> None:
    assert list(queries.responders()) == [ada, grace]


def test_somebody_who_left_sees_nothing_any_more(incident: Incident, secret: Incident, ada: Person) -> None:
    ada.is_active = False

    assert not sees(ada, incident)
    assert not sees(ada, secret)


def test_a_search_finds_what_is_in_title_summary_or_reference(ada: Person) -> None:
    checkout = declared(ada, title="Checkout returns 500s", summary="The deploy broke payments")
    login = declared(ada, title="Login is slow")

    assert list(queries.search(ada, words="CHECKOUT deploy")) == [checkout]
    assert list(queries.search(ada, words=f"inc-{login.number}")) == [login]
    assert list(queries.search(ada, words="checkout login")) == []
    assert list(queries.search(ada, words="")) == [login, checkout]


@pytest.mark.parametrize("words", ["%", "_", "\\", "'; --", "inc-", "inc-99999999999999999999", "²", "٣"])
def test_a_search_takes_every_sign_for_what_it_is(incident: Incident, ada: Person, words: str) -> None:
    assert list(queries.search(ada, words=words)) == []


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
def test_pages_show_everything_once_open_incidents_first(ada: Person, size: int) -> None:
    earliest, waiting, over, newest, last = (declared(ada) for _ in range(5))
    for each in (earliest, over, last):
        services.resolve_incident(each, by=ada, at=after(1))

    pages = [queries.page(queries.search(ada, words="checkout"), number=1, size=size)]
    while pages[-1].has_next:
        number = pages[-1].next_page_number
        pages.append(queries.page(queries.search(ada, words="checkout"), number=number, size=size))

    shown = [incident for page in pages for incident in page.object_list]
    assert shown == [newest, waiting, last, over, earliest]


def test_a_page_that_does_not_exist_is_the_first(incident: Incident, ada: Person) -> None:
    pages = [queries.page(queries.search(ada, words=""), number=number, size=1) for number in (-1, 0, 2, 999)]

    assert [(page.number, page.object_list) for page in pages] == [(1, [incident])] * 4


def test_a_search_finds_no_private_incident_of_others(secret: Incident, ada: Person, linus: Person) -> None:
    assert list(queries.search(ada, words="keys")) == [secret]
    assert list(queries.search(linus, words="keys")) == []
    assert list(queries.search(None, words="keys")) == []


def test_freshness_grows_with_news_and_with_messages(incident: Incident, ada: Person, linus: Person) -> None:
    first = queries.freshness(linus, number=1)
    services.add_note(incident, text="Looking", by=ada, at=after(1))
    second = queries.freshness(linus, number=1)
    services.record_participation(incident, person=ada, at=after(2), messages=2)
    third = queries.freshness(linus, number=1)

    assert first == (1, 0)
    assert second == (2, 0)
    assert third == (2, 2)


def test_freshness_tells_nobody_of_a_private_incident(secret: Incident, ada: Person, linus: Person) -> None:
    assert queries.freshness(ada, number=1).version == 1
    for outsider in (linus, None):
        with pytest.raises(NotFound, match=r"^There is no incident INC-1\.$"):
            queries.freshness(outsider, number=1)


def test_an_action_is_looked_up_within_its_incident(incident: Incident, ada: Person) -> None:
    elsewhere = services.add_action(declared(ada), text="Elsewhere", by=ada, at=after(1))
    done = services.add_action(incident, text="Done", by=ada, at=after(1))
    to_do = services.add_action(incident, text="To do", by=ada, at=after(2))
    services.complete_action(incident, action=done, by=ada, at=after(3))

    assert list(queries.actions(incident)) == [to_do, done]
    assert queries.action(incident, pk=done.pk) == done
    with pytest.raises(NotFound, match=r"^INC-1 has no such action item\.$"):
        queries.action(incident, pk=elsewhere.pk)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL reads small tables whole, as it should")
def test_a_list_does_not_read_through_everybodys_memberships(secret: Incident, linus: Person) -> None:
    plan = queries.incidents(linus).explain()

    assert "U0 USING INDEX incidents_member_person_id" in plan
    assert plan.count("SCAN") == 1  # the incidents themselves, newest first
