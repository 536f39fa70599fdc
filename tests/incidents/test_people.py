from __future__ import annotations

from incidents import queries
from incidents.models import Incident
from people.models import Person
from people.services import update_person
from tests.incidents.world import THREE_AM


def test_somebody_deactivated_keeps_their_history_but_can_take_no_more(
    incident: Incident, ada: Person, grace: Person, robot: Person
) -> None:
    update_person(
        ada, at=THREE_AM, name=ada.name, email=ada.email, time_zone=ada.time_zone, is_active=False, is_bot=False
    )

    assert not ada.can_respond
    assert Incident.objects.get().reporter == ada
    assert list(queries.responders()) == [grace]
