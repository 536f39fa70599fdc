from __future__ import annotations

import pytest
from django.db import transaction

from incidents import news, services
from incidents.models import Incident
from people.errors import Refusal
from people.models import Person
from tests.incidents.world import after, declared, stored

# Real commits: a follower that looked into an open transaction would see nothing.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("seeded_db")]


class Follower:
    """Somebody who looks at the database from outside when the bell rings."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, int]] = []

    def __call__(self, incident_id: int) -> None:
        assert not transaction.get_connection().in_atomic_block
        self.heard.append((incident_id, Incident.objects.get(pk=incident_id).version))


@pytest.fixture
def follower() -> Follower:
    listening = Follower()
    news.follow(listening)
    return listening


def test_a_follower_hears_of_a_change_after_it_was_committed(follower: Follower, ada: Person) -> None:
    incident = declared(ada)

    assert follower.heard == [(incident.pk, 1)]


def test_nothing_is_said_while_the_transaction_is_open(follower: Follower, ada: Person) -> None:
    with transaction.atomic():
        incident = declared(ada)
        services.add_note(incident, text="Looking", by=ada, at=after(1))
        assert follower.heard == []

    assert set(follower.heard) == {(incident.pk, 2)}


def test_nothing_is_said_of_what_was_rolled_back(follower: Follower, ada: Person) -> None:
    with transaction.atomic():
        declared(ada)
        transaction.set_rollback(True)

    assert follower.heard == []


def test_nothing_is_said_of_what_was_refused(follower: Follower, ada: Person, robot: Person) -> None:
    incident = declared(ada)
    follower.heard.clear()

    with pytest.raises(Refusal):
        services.edit_incident(incident, wanted={"title": "Payments", "lead": robot}, seen={}, by=ada, at=after(1))

    assert follower.heard == []


def test_a_refusal_inside_a_larger_transaction_takes_back_only_its_own_news(follower: Follower, ada: Person) -> None:
    incident = declared(ada)
    other = declared(ada)
    follower.heard.clear()

    with transaction.atomic():
        services.add_note(incident, text="Looking", by=ada, at=after(1))
        with pytest.raises(Refusal):
            services.edit_incident(
                other, wanted={"title": "Payments", "summary": "x" * 4000}, seen={}, by=ada, at=after(1)
            )

    assert set(follower.heard) == {(incident.pk, 2)}


def test_following_twice_is_following_once(follower: Follower, ada: Person) -> None:
    news.follow(follower)

    declared(ada)

    assert len(follower.heard) == 1


def test_a_follower_that_fails_breaks_neither_the_change_nor_the_others(
    ada: Person, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(incident_id: int) -> None:
        raise ConnectionError("the bell has no rope")

    listening = Follower()
    news.follow(broken)
    news.follow(listening)

    incident = declared(ada)

    assert stored(incident).title == incident.title
    assert listening.heard == [(incident.pk, 1)]
    assert "the bell has no rope" in caplog.text


def test_marking_what_was_told_is_no_news(follower: Follower, ada: Person) -> None:
    incident = declared(ada)
    follower.heard.clear()

    services.mark_projected(incident, version=1)

    assert follower.heard == []
